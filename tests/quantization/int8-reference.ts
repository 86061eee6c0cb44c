import {
  decodeModel,
  ElementType,
  type GraphProto,
  type NodeProto,
  type TensorProto,
} from '@oneface/trainer/onnx/onnx-proto';

/**
 * How products are summed: `exact` in 32 bits, or in `saturating` 16-bit pairs first as `vpmaddubsw` does on
 * x64 processors without VNNI (pairs of neighbouring input channels, then neighbouring kernel positions).
 */
export type Summation = 'exact' | 'saturating';

/** Codes of outputs by name. */
export type OutputCodes = ReadonlyMap<string, ArrayLike<number>>;

/** Integers with their shape; `real = (code - zeroPoint) * scale[axis index]` where scales are known. */
interface Codes {
  readonly dims: readonly number[];
  readonly data: ArrayLike<number>;
  readonly scales?: Float32Array;
  readonly zeroPoint?: number;
}

/** Sums of a convolution that wait for their QuantizeLinear. */
interface Sums extends Codes {
  /** Per filter: input scale * weight scale. */
  readonly scales: Float32Array;
}

/**
 * Runs an int8 segmenter file in plain loops over whole numbers, as ONNX Runtime's integer kernels define it.
 *
 * A convolution sums in 32 bits, then code = clamp(round(sum * m) + zero point) with the float32 multiplier
 * m = (input scale * weight scale) / output scale and halves rounded to even.
 *
 * @param pixels RGB bytes of one picture
 */
export function runInt8Reference(
  model: Uint8Array,
  pixels: Uint8Array,
  summation: Summation = 'exact',
): OutputCodes {
  const { graph } = decodeModel(model);
  const values = new Map<string, Codes>(graph.initializer.map((tensor) => [tensor.name, constant(tensor)]));
  const [input] = graph.input;
  const dims = input?.type.tensorType.shape.dim.map(({ dimValue }) => dimValue) ?? [];
  values.set('pixels', { dims, data: pixels });
  for (const node of graph.node) values.set(node.output[0] ?? '', evaluate(node, graph, values, summation));
  return new Map(graph.output.map(({ name }) => [name, (values.get(name) as Codes).data]));
}

function constant({ dataType, dims, rawData }: TensorProto): Codes {
  const { buffer } = Uint8Array.from(rawData);
  if (dataType === ElementType.float) return { dims, data: new Float32Array(buffer) };
  if (dataType === ElementType.int8) return { dims, data: new Int8Array(buffer) };
  if (dataType === ElementType.int32) return { dims, data: new Int32Array(buffer) };
  return { dims, data: new Uint8Array(buffer) };
}

function evaluate(
  node: NodeProto,
  graph: GraphProto,
  values: Map<string, Codes>,
  summation: Summation,
): Codes {
  const inputs = node.input.map((name) => values.get(name) as Codes);
  const [first, second, third] = inputs as [Codes, Codes, Codes];
  switch (node.opType) {
    case 'Transpose':
      return channelsFirst(first);
    case 'DequantizeLinear':
      return { ...first, scales: Float32Array.from(second.data), zeroPoint: third?.data[0] ?? 0 };
    case 'Conv':
      return convolve(node, first, second, third, summation);
    case 'QuantizeLinear':
      return requantize(first as Sums, second.data[0] ?? Number.NaN, third.data[0] ?? Number.NaN);
    case 'Resize':
      return enlarge(first);
    case 'Concat':
      return concatenate(inputs);
    case 'ArgMax':
      return argMax(first);
    case 'Cast':
      return first;
    default:
      throw new Error(`${node.opType} in ${graph.name} has no integer reference`);
  }
}

function ints(node: NodeProto, name: string): readonly number[] {
  return node.attribute.find((attribute) => attribute.name === name)?.ints ?? [];
}

function convolve(node: NodeProto, x: Codes, w: Codes, b: Codes, summation: Summation): Sums {
  const [, channels = 0, height = 0, width = 0] = x.dims;
  const [filters = 0, , kernel = 0] = w.dims;
  const [stride = 0] = ints(node, 'strides');
  const [top = 0, left = 0, bottom = 0, right = 0] = ints(node, 'pads');
  const rows = Math.floor((height + top + bottom - kernel) / stride) + 1;
  const columns = Math.floor((width + left + right - kernel) / stride) + 1;
  const zero = x.zeroPoint ?? 0;
  const code = (channel: number, y: number, x_: number) =>
    y < 0 || x_ < 0 || y >= height || x_ >= width
      ? zero
      : (x.data[(channel * height + y) * width + x_] ?? Number.NaN);
  const data = new Int32Array(filters * rows * columns);
  for (let filter = 0; filter < filters; filter++) {
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        let sum = b.data[filter] ?? Number.NaN;
        let pair = 0;
        let taken = 0;
        for (let ky = 0; ky < kernel; ky++) {
          for (let kx = 0; kx < kernel; kx++) {
            for (let channel = 0; channel < channels; channel++) {
              const weight =
                w.data[((filter * channels + channel) * kernel + ky) * kernel + kx] ?? Number.NaN;
              const product = code(channel, row * stride + ky - top, column * stride + kx - left) * weight;
              sum = (sum - zero * weight) | 0;
              pair += product;
              taken++;
              if (taken % 2 === 1 && taken < channels * kernel * kernel) continue;
              sum = (sum + (summation === 'exact' ? pair : clamp(pair, -32768, 32767))) | 0;
              pair = 0;
            }
          }
        }
        data[(filter * rows + row) * columns + column] = sum;
      }
    }
  }
  const [inputScale = Number.NaN] = x.scales ?? [];
  const scales = (w.scales ?? new Float32Array()).map((scale) => inputScale * scale);
  return { dims: [1, filters, rows, columns], data, scales };
}

function requantize({ dims, data, scales }: Sums, outputScale: number, zeroPoint: number): Codes {
  const area = (dims[2] ?? 0) * (dims[3] ?? 0);
  const codes = Uint8Array.from({ length: data.length }, (_, i) => {
    const multiplier = Math.fround((scales[Math.floor(i / area)] ?? Number.NaN) / outputScale);
    const scaled = Math.fround(Math.fround(data[i] ?? Number.NaN) * multiplier);
    return roundHalfToEven(clamp(scaled, -zeroPoint, 255 - zeroPoint)) + zeroPoint;
  });
  return { dims, data: codes };
}

function roundHalfToEven(value: number): number {
  const below = Math.floor(value);
  const fraction = value - below;
  if (fraction !== 0.5) return Math.round(value);
  return below % 2 === 0 ? below : below + 1;
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}

function channelsFirst({ dims, data }: Codes): Codes {
  const [, height = 0, width = 0, channels = 0] = dims;
  const area = height * width;
  const moved = Uint8Array.from({ length: data.length }, (_, i) => {
    return data[(i % area) * channels + Math.floor(i / area)] ?? Number.NaN;
  });
  return { dims: [1, channels, height, width], data: moved };
}

function enlarge({ dims, data }: Codes): Codes {
  const [, channels = 0, height = 0, width = 0] = dims;
  const enlarged = Uint8Array.from({ length: data.length * 4 }, (_, i) => {
    const row = Math.floor(i / (2 * width));
    return data[Math.floor(row / 2) * width + Math.floor((i % (2 * width)) / 2)] ?? Number.NaN;
  });
  return { dims: [1, channels, height * 2, width * 2], data: enlarged };
}

function concatenate(inputs: readonly Codes[]): Codes {
  const [, , height = 0, width = 0] = inputs[0]?.dims ?? [];
  const channels = inputs.reduce((sum, { dims }) => sum + (dims[1] ?? 0), 0);
  return { dims: [1, channels, height, width], data: inputs.flatMap(({ data }) => Array.from(data)) };
}

function argMax({ dims, data }: Codes): Codes {
  const [, channels = 0, height = 0, width = 0] = dims;
  const area = height * width;
  const best = Uint8Array.from({ length: area }, (_, pixel) => {
    const scores = Array.from(
      { length: channels },
      (_, channel) => data[channel * area + pixel] ?? Number.NaN,
    );
    return scores.indexOf(Math.max(...scores));
  });
  return { dims: [1, height, width], data: best };
}
