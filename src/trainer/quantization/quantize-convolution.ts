import type { FoldedConvolution } from '../auto-shot/architecture.js';
import { filtersFirst } from '../onnx/float-model.js';

/**
 * Largest magnitude of an integer weight.
 *
 * Not 127: x64 processors without VNNI multiply uint8 activations with int8 weights by `vpmaddubsw`, which
 * adds two products in 16 bits and saturates. With 64 the worst pair is 2 * 255 * 64 = 32,640 of 32,767, so
 * every processor comes to the same sum. Reasons and cost: docs/30-int8.md.
 */
export const WEIGHT_LIMIT = 64;

/** A bias may use this much of the 32-bit accumulator; the products need the rest. */
const BIAS_LIMIT = 2 ** 30;

/** A filter that calls for a finer scale than this (weights and bias next to nothing) is taken for zero. */
const SMALLEST_SCALE = 2 ** -60;

/** Integer weights of one convolution. */
export interface QuantizedConvolution {
  /** [filters, inputs, height, width], each in [-WEIGHT_LIMIT, WEIGHT_LIMIT]. */
  readonly kernel: Int8Array;
  readonly kernelShape: readonly [filters: number, inputs: number, height: number, width: number];
  /** [filters]; real weight = integer * scale. */
  readonly scales: Float32Array;
  /** [filters]; real bias = integer * biasScale. */
  readonly bias: Int32Array;
  /** [filters]: input scale * weight scale, in float32. */
  readonly biasScales: Float32Array;
}

/**
 * Rounds weights to integers, symmetric around 0 and with a scale per filter, and the bias to the scale of
 * the products.
 *
 * The rounding shifts a filter's mean output by the weights' errors times the inputs' means; the bias takes
 * that back (bias correction: Nagel et al., "Data-Free Quantization", ICCV 2019, section 4.2).
 *
 * @param inputScale scale of the convolution's uint8 input
 * @param inputMeans [inputs], mean of each input channel
 */
export function quantizeConvolution(
  weights: FoldedConvolution,
  inputScale: number,
  inputMeans: ArrayLike<number>,
): QuantizedConvolution {
  const [height, width, inputs, filters] = weights.kernelShape;
  const area = height * width;
  const size = inputs * area;
  const real = filtersFirst(weights);
  const kernel = new Int8Array(real.length);
  const scales = new Float32Array(filters);
  const bias = new Int32Array(filters);
  const biasScales = new Float32Array(filters);
  for (let filter = 0; filter < filters; filter++) {
    const filterWeights = real.subarray(filter * size, (filter + 1) * size);
    let realBias = weights.bias[filter] as number;
    const scale = filterScale(filterWeights, realBias / inputScale);
    filterWeights.forEach((weight, i) => {
      const rounded = Math.round(weight / scale);
      kernel[filter * size + i] = rounded;
      realBias += (weight - rounded * scale) * (inputMeans[Math.floor(i / area)] as number);
    });
    const biasScale = Math.fround(inputScale * scale);
    scales[filter] = scale;
    biasScales[filter] = biasScale;
    bias[filter] = Math.round(realBias / biasScale);
  }
  return { kernel, kernelShape: [filters, inputs, height, width], scales, bias, biasScales };
}

/** The finest scale at which no weight is cut off and the bias leaves the accumulator its room. */
function filterScale(weights: Float32Array, biasOverInputScale: number): number {
  const largest = weights.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0);
  const scale = Math.fround(Math.max(largest / WEIGHT_LIMIT, Math.abs(biasOverInputScale) / BIAS_LIMIT));
  return scale < SMALLEST_SCALE ? 1 : scale;
}
