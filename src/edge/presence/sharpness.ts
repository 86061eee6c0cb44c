import type { FaceLandmarks } from '@oneface/common/images/alignment';
import { type Raster, RGB } from '@oneface/common/images/raster';
import { FACE_IN_TEMPLATE } from '../vision/limits.js';
import { templateOf } from './face-place.js';
import { BLURRED_DETAIL, FINE_STEPS, LEAST_SHARPNESS, SHARP_DETAIL, SHARPNESS_COLUMNS } from './limits.js';

const ROWS = Math.round((SHARPNESS_COLUMNS * FACE_IN_TEMPLATE.height) / FACE_IN_TEMPLATE.width);

/**
 * How sharp a face is, from `LEAST_SHARPNESS` to 1, for comparing frames of one face. The face is sampled on
 * a grid; in a sharp picture much of the difference between samples some steps apart lies between neighbours,
 * in a blurred one little does. The worse direction counts, for a moving face is blurred along its way only.
 */
export function sharpnessOf(picture: Raster, landmarks: FaceLandmarks): number {
  const green = sampleFace(picture, landmarks);
  const detail = Math.min(detailAlong(green, 1), detailAlong(green, SHARPNESS_COLUMNS));
  const sharpness = (detail - BLURRED_DETAIL) / (SHARP_DETAIL - BLURRED_DETAIL);
  return Math.min(1, Math.max(LEAST_SHARPNESS, sharpness));
}

/** Green, which weighs most in brightness, at the grid's points, by bilinear interpolation. */
function sampleFace({ width, height, data }: Raster, landmarks: FaceLandmarks): Float32Array {
  const [a, b, c, d, e, f] = templateOf(landmarks);
  const samples = new Float32Array(ROWS * SHARPNESS_COLUMNS);
  for (let row = 0, at = 0; row < ROWS; row++) {
    const v = FACE_IN_TEMPLATE.y + (FACE_IN_TEMPLATE.height * (row + 0.5)) / ROWS;
    for (let column = 0; column < SHARPNESS_COLUMNS; column++, at++) {
      const u = FACE_IN_TEMPLATE.x + (FACE_IN_TEMPLATE.width * (column + 0.5)) / SHARPNESS_COLUMNS;
      const x = Math.min(width - 1, Math.max(0, a * u + b * v + c - 0.5));
      const y = Math.min(height - 1, Math.max(0, d * u + e * v + f - 0.5));
      const left = Math.floor(x);
      const top = Math.floor(y);
      const right = left + 1 < width ? RGB : 0;
      const below = top + 1 < height ? width * RGB : 0;
      const corner = (top * width + left) * RGB + 1;
      const upper = data[corner] + (data[corner + right] - data[corner]) * (x - left);
      const lower = data[corner + below] + (data[corner + below + right] - data[corner + below]) * (x - left);
      samples[at] = upper + (lower - upper) * (y - top);
    }
  }
  return samples;
}

/** Mean difference of neighbours over that of samples `FINE_STEPS` apart; `step` is the way to the neighbour. */
function detailAlong(samples: Float32Array, step: number): number {
  let fine = 0;
  let coarse = 0;
  const reach = FINE_STEPS * step;
  for (let at = 0; at + reach < samples.length; at++) {
    // Samples at the end of a row have their neighbours in the next one.
    if (step === 1 && (at % SHARPNESS_COLUMNS) + FINE_STEPS >= SHARPNESS_COLUMNS) continue;
    fine += Math.abs(samples[at + step] - samples[at]);
    coarse += Math.abs(samples[at + reach] - samples[at]);
  }
  return coarse === 0 ? 0 : fine / coarse;
}
