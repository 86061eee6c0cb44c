import type { FewShotHead } from '@oneface/trainer/few-shot/network';
import type { Tensor } from '@oneface/trainer/tensors/tensor';

/** Values of a square map in 64-bit floats: (row, column, channel) at data[(row * size + column) * channels + channel]. */
export interface FeatureMap {
  readonly size: number;
  readonly channels: number;
  readonly data: Float64Array;
}

/** Holes of the convolutions behind the first layer, as the paper lists them for its dilated CNN. */
const RATES: Readonly<Record<FewShotHead, readonly number[]>> = {
  'dilated-cnn': [2, 4, 8, 1, 2, 4, 8],
  mlp: [1],
};

/**
 * What the paper describes, in plain loops: enlarge all features, normalise, concatenate, one 1x1 convolution
 * over the lot, then the head.
 */
export function naiveLogits(
  weights: ReadonlyMap<string, Tensor>,
  features: readonly FeatureMap[],
  size: number,
  head: FewShotHead,
): FeatureMap {
  const layers = features.map((layer, index) => normalised(enlarged(layer, size), weights, index));
  const kernel = joinedKernel(weights, features.length);
  let x = leaky(convolve(concatenated(layers), kernel, required(weights, 'mix.bias').data, 1));
  for (const [index, rate] of RATES[head].entries()) {
    const { data: bias } = required(weights, `hidden.${index}.bias`);
    x = leaky(convolve(x, required(weights, `hidden.${index}`), bias, rate));
  }
  return convolve(x, required(weights, 'labels'), required(weights, 'labels.bias').data, 1);
}

/** Bilinear enlargement with half-pixel centres; the edge values go on past the outermost centres. */
export function enlarged({ size: from, channels, data }: FeatureMap, size: number): FeatureMap {
  const at = (row: number, column: number, channel: number) => {
    const inside = (value: number) => Math.min(Math.max(value, 0), from - 1);
    return data[(inside(row) * from + inside(column)) * channels + channel];
  };
  return mapOf(size, channels, (row, column, channel) => {
    const y = ((row + 0.5) * from) / size - 0.5;
    const x = ((column + 0.5) * from) / size - 0.5;
    const top = Math.floor(y);
    const left = Math.floor(x);
    const upper = mix(at(top, left, channel), at(top, left + 1, channel), x - left);
    const lower = mix(at(top + 1, left, channel), at(top + 1, left + 1, channel), x - left);
    return mix(upper, lower, y - top);
  });
}

function mix(a: number, b: number, share: number): number {
  return a * (1 - share) + b * share;
}

function normalised(layer: FeatureMap, weights: ReadonlyMap<string, Tensor>, index: number): FeatureMap {
  const { data: mean } = required(weights, `mean.${index}`);
  const { data: deviation } = required(weights, `deviation.${index}`);
  const data = layer.data.map((value, at) => {
    const channel = at % layer.channels;
    return (value - mean[channel]) / deviation[channel];
  });
  return { ...layer, data };
}

function concatenated(layers: readonly FeatureMap[]): FeatureMap {
  const sources = layers.flatMap((layer) =>
    Array.from({ length: layer.channels }, (_, i) => [layer, i] as const),
  );
  const [{ size }] = layers;
  return mapOf(size, sources.length, (row, column, channel) => {
    const [layer, own] = sources[channel];
    return layer.data[(row * size + column) * layer.channels + own];
  });
}

/** The parts of the split first layer are rows of one kernel. */
function joinedKernel(weights: ReadonlyMap<string, Tensor>, count: number): Tensor {
  const parts = Array.from({ length: count }, (_, index) => required(weights, `mix.${index}`));
  const inputs = parts.reduce((sum, { shape }) => sum + shape[2], 0);
  return {
    shape: [1, 1, inputs, parts[0].shape[3]],
    data: Float32Array.from(parts.flatMap(({ data }) => [...data])),
  };
}

/** Zero padding that keeps the size; `rate` - 1 pixels lie between two taps. */
function convolve(x: FeatureMap, kernel: Tensor, bias: Float32Array, rate: number): FeatureMap {
  const [side, , inputs, filters] = kernel.shape;
  const reach = (side - 1) / 2;
  const data = new Float64Array(x.size * x.size * filters);
  for (let pixel = 0; pixel < x.size * x.size; pixel++) {
    const out = data.subarray(pixel * filters, (pixel + 1) * filters);
    out.set(bias);
    for (let tap = 0; tap < side * side; tap++) {
      const row = Math.floor(pixel / x.size) + (Math.floor(tap / side) - reach) * rate;
      const column = (pixel % x.size) + ((tap % side) - reach) * rate;
      if (row < 0 || column < 0 || row >= x.size || column >= x.size) continue;
      for (let input = 0; input < inputs; input++) {
        const value = x.data[(row * x.size + column) * inputs + input];
        const from = (tap * inputs + input) * filters;
        for (let filter = 0; filter < filters; filter++) out[filter] += value * kernel.data[from + filter];
      }
    }
  }
  return { size: x.size, channels: filters, data };
}

/** Leaky ReLU with the slope of the official code. */
function leaky(x: FeatureMap): FeatureMap {
  return { ...x, data: x.data.map((value) => (value < 0 ? 0.01 * value : value)) };
}

function mapOf(
  size: number,
  channels: number,
  value: (row: number, column: number, channel: number) => number,
) {
  const data = new Float64Array(size * size * channels).map((_, at) => {
    const pixel = Math.floor(at / channels);
    return value(Math.floor(pixel / size), pixel % size, at % channels);
  });
  return { size, channels, data };
}

function required(weights: ReadonlyMap<string, Tensor>, name: string): Tensor {
  const tensor = weights.get(name);
  if (tensor === undefined) throw new Error(`no weight ${name}`);
  return tensor;
}
