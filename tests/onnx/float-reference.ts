import { PIXEL_SCALE, ZERO_PIXEL } from '@oneface/common/images/normalization';
import { type FoldedConvolution, type FoldedNetwork, PIXELS } from '@oneface/trainer/auto-shot/architecture';

/** An image in plain loops: value of (row, column, channel) at data[(row * size + column) * channels + channel]. */
interface Image {
  readonly size: number;
  readonly channels: number;
  readonly data: Float64Array;
}

/** What a folded network computes, in 64-bit floats and straightforward loops: logits [size, size, classes]. */
export function floatReference(network: FoldedNetwork, pixels: Uint8Array): Image {
  const size = network.architecture.inputSize;
  const data = Float64Array.from(pixels, (pixel) => (pixel - ZERO_PIXEL) * PIXEL_SCALE);
  let last: Image = { size, channels: 3, data };
  const outputs = new Map([[PIXELS, last]]);
  const output = (name: string) => outputs.get(name) as Image;
  for (const layer of network.architecture.layers) {
    if (layer.op === 'conv') {
      const weights = network.convolutions.get(layer.name) as FoldedConvolution;
      last = convolve(output(layer.input), weights, layer.stride, layer.activation === 'relu');
    } else if (layer.op === 'upsample') last = enlarge(output(layer.input));
    else last = concatenate(layer.inputs.map(output));
    outputs.set(layer.name, last);
  }
  return last;
}

function convolve(image: Image, weights: FoldedConvolution, stride: number, relu: boolean): Image {
  const [kernel, , inputs, filters] = weights.kernelShape;
  const size = Math.ceil(image.size / stride);
  // TensorFlow's "SAME": the odd pixel of padding goes to the bottom and right.
  const before = Math.floor(Math.max((size - 1) * stride + kernel - image.size, 0) / 2);
  return imageOf(size, filters, (row, column, filter) => {
    let sum = weights.bias[filter] ?? Number.NaN;
    for (let y = 0; y < kernel; y++) {
      for (let x = 0; x < kernel; x++) {
        for (let input = 0; input < inputs; input++) {
          const weight = weights.kernel[((y * kernel + x) * inputs + input) * filters + filter] ?? Number.NaN;
          sum += weight * at(image, row * stride + y - before, column * stride + x - before, input);
        }
      }
    }
    return relu ? Math.max(sum, 0) : sum;
  });
}

function enlarge(image: Image): Image {
  return imageOf(image.size * 2, image.channels, (row, column, channel) =>
    at(image, Math.floor(row / 2), Math.floor(column / 2), channel),
  );
}

function concatenate(images: readonly Image[]): Image {
  const sources = images.flatMap((image) =>
    Array.from({ length: image.channels }, (_, channel) => ({ image, channel })),
  );
  return imageOf(images[0]?.size ?? 0, sources.length, (row, column, index) => {
    const { image, channel } = sources[index] as (typeof sources)[number];
    return at(image, row, column, channel);
  });
}

function imageOf(
  size: number,
  channels: number,
  value: (row: number, column: number, channel: number) => number,
): Image {
  const data = new Float64Array(size * size * channels).map((_, i) => {
    const pixel = Math.floor(i / channels);
    return value(Math.floor(pixel / size), pixel % size, i % channels);
  });
  return { size, channels, data };
}

function at({ size, channels, data }: Image, row: number, column: number, channel: number): number {
  if (row < 0 || column < 0 || row >= size || column >= size) return 0;
  return data[(row * size + column) * channels + channel] ?? Number.NaN;
}
