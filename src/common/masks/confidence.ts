import { assertLogits } from './enlarge.js';

/** How a quantised logit becomes a real one: (q - zeroPoint) * scale. */
export interface LogitQuantization {
  readonly scale: number;
  readonly zeroPoint: number;
}

/**
 * The softmax probability of each pixel's highest class.
 *
 * Only differences of logits matter, so the zero point drops out and quantised logits have 256 exponentials
 * in all: they come from a table.
 *
 * @param logits [classes, pixels], quantised or real
 * @param quantization of the logits, as the model's spec gives it; scale 1 for real logits
 * @returns one probability per pixel, from 1 / classes to 1
 * @throws InputError when the logits do not fit `classes` and `pixels`
 */
export function confidences(
  logits: Uint8Array | Float32Array,
  classes: number,
  pixels: number,
  { scale }: LogitQuantization,
): Float32Array {
  assertLogits(logits, classes, pixels);
  const quantised = logits instanceof Uint8Array;
  const table = quantised ? Float64Array.from({ length: 256 }, (_, below) => Math.exp(-below * scale)) : null;
  const highest = new Float32Array(logits.subarray(0, pixels));
  for (let start = pixels; start < logits.length; start += pixels) {
    for (let pixel = 0; pixel < pixels; pixel++) {
      if (logits[start + pixel] > highest[pixel]) highest[pixel] = logits[start + pixel];
    }
  }
  const totals = new Float64Array(pixels);
  for (let start = 0; start < logits.length; start += pixels) {
    for (let pixel = 0; pixel < pixels; pixel++) {
      const below = highest[pixel] - logits[start + pixel];
      totals[pixel] += table === null ? Math.exp(-below * scale) : table[below];
    }
  }
  return Float32Array.from(totals, (total) => 1 / total);
}
