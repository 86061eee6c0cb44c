import type { Histogram } from './histogram.js';

/** Steps between the smallest and the largest of 256 codes. */
const STEPS = 255;
/** Ranges that are tried: from all of what was seen down to `NARROWEST` of it. */
const CANDIDATES = 160;
const NARROWEST = 0.2;

/** An output that calls for a finer scale is taken for zero, so that products of scales do not underflow. */
const SMALLEST_SCALE = 2 ** -60;

/** Real numbers that a tensor's codes cover; `low` is at most 0, `high` at least 0. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

/** How real numbers stand in a uint8 tensor: real = (code - zeroPoint) * scale, so 0 is exact. */
export interface TensorScale {
  /** A positive float32. */
  readonly scale: number;
  /** 0-255; 0 when the range starts at 0. */
  readonly zeroPoint: number;
}

/** Spreads 256 codes over a range. */
export function scaleOfRange({ low, high }: Range): TensorScale {
  const scale = Math.fround((high - low) / STEPS);
  if (scale < SMALLEST_SCALE) return { scale: 1, zeroPoint: 0 };
  return { scale, zeroPoint: Math.min(Math.max(Math.round(-low / scale), 0), STEPS) };
}

/** The range that holds every number seen. */
export function fullRange({ minimum, maximum }: Histogram): Range {
  return { low: minimum, high: maximum };
}

/**
 * The range with the smallest expected square error: a narrower one rounds finer and clips more.
 *
 * A number within costs step^2 / 12 on average, one outside its squared distance from the range's end
 * (Banner et al., "Post training 4-bit quantization", NeurIPS 2019; searched on the histogram here, not
 * solved for an assumed distribution).
 */
export function leastErrorRange(histogram: Histogram): Range {
  const { minimum, maximum } = histogram;
  let best = fullRange(histogram);
  let least = Number.POSITIVE_INFINITY;
  for (let candidate = 0; candidate < CANDIDATES; candidate++) {
    const share = 1 - ((1 - NARROWEST) * candidate) / CANDIDATES;
    const range = { low: minimum * share, high: maximum * share };
    const error = squareError(histogram, range);
    if (error < least) {
      least = error;
      best = range;
    }
  }
  return best;
}

function squareError(histogram: Histogram, { low, high }: Range): number {
  const rounding = ((high - low) / STEPS) ** 2 / 12;
  let error = 0;
  histogram.counts.forEach((count, bin) => {
    if (count === 0) return;
    const value = histogram.centre(bin);
    const clipped = value > high ? value - high : Math.max(low - value, 0);
    error += count * (clipped > 0 ? clipped ** 2 : rounding);
  });
  return error;
}
