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
  const highest = highestOf(logits, pixels);
  const totals = new Float64Array(pixels);
  if (logits instanceof Uint8Array) {
    const table = new Float64Array(256);
    for (let below = 0; below < table.length; below++) table[below] = Math.exp(-below * scale);
    for (let at = 0; at < logits.length; ) {
      for (let pixel = 0; pixel < pixels; pixel++, at++) totals[pixel] += table[highest[pixel] - logits[at]];
    }
  } else {
    for (let at = 0; at < logits.length; ) {
      for (let pixel = 0; pixel < pixels; pixel++, at++) {
        totals[pixel] += Math.exp((logits[at] - highest[pixel]) * scale);
      }
    }
  }
  const found = new Float32Array(pixels);
  for (let pixel = 0; pixel < pixels; pixel++) found[pixel] = 1 / totals[pixel];
  return found;
}

function highestOf(logits: Uint8Array | Float32Array, pixels: number): Uint8Array | Float32Array {
  const highest = logits.slice(0, pixels);
  for (let at = pixels; at < logits.length; ) {
    for (let pixel = 0; pixel < pixels; pixel++, at++) {
      if (logits[at] > highest[pixel]) highest[pixel] = logits[at];
    }
  }
  return highest;
}
