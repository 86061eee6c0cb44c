import { expected } from '../errors/errors.js';
import { type Affine, applyAffine, determinant, type Point } from '../images/affine.js';
import type { Box } from '../images/box.js';
import { assertLabelMap, type LabelMap } from '../images/raster.js';

/** Where and how large one part is, in pixels of the frame. */
export interface PartMeasure {
  readonly label: number;
  /** Square pixels of the frame. */
  readonly area: number;
  /** The upright rectangle around the part; may reach past the frame's edge by a fraction of a mask pixel. */
  readonly box: Box;
  readonly centroid: Point;
  /** Mean confidence of the part's pixels, 0-1. */
  readonly confidence: number;
}

/** Running sums of one label; corners are of the linear part of the map. */
interface Sums {
  count: number;
  x: number;
  y: number;
  confidence: number;
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/**
 * Measures every part that a label map holds.
 *
 * @param labels one label per mask pixel; labels from `classes` upwards are left out
 * @param confidence one value from 0 to 1 per mask pixel
 * @param toFrame matrix from mask pixels to frame pixels
 * @returns one entry per label present, lowest first, background included
 * @throws InputError when the sizes do not fit together
 */
export function measureParts(
  labels: LabelMap,
  confidence: Float32Array,
  classes: number,
  toFrame: Affine,
): PartMeasure[] {
  assertLabelMap(labels);
  const { width, height, data } = labels;
  if (confidence.length !== data.length) {
    throw expected(`${data.length} confidences`, 'measuring parts', confidence.length);
  }
  const [a, b, c, d, e, f] = toFrame;
  const sums = Array.from({ length: classes }, emptySums);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at++) {
      if (data[at] >= classes) continue;
      const part = sums[data[at]];
      const u = a * x + b * y;
      const v = d * x + e * y;
      part.count++;
      part.x += x + 0.5;
      part.y += y + 0.5;
      part.confidence += confidence[at];
      if (u < part.left) part.left = u;
      if (u > part.right) part.right = u;
      if (v < part.top) part.top = v;
      if (v > part.bottom) part.bottom = v;
    }
  }
  const pixelArea = Math.abs(determinant(toFrame));
  return sums.flatMap((part, label) => {
    if (part.count === 0) return [];
    const left = part.left + Math.min(0, a) + Math.min(0, b) + c;
    const right = part.right + Math.max(0, a) + Math.max(0, b) + c;
    const top = part.top + Math.min(0, d) + Math.min(0, e) + f;
    const bottom = part.bottom + Math.max(0, d) + Math.max(0, e) + f;
    return {
      label,
      area: part.count * pixelArea,
      box: { x: left, y: top, width: right - left, height: bottom - top },
      centroid: applyAffine(toFrame, { x: part.x / part.count, y: part.y / part.count }),
      confidence: part.confidence / part.count,
    };
  });
}

function emptySums(): Sums {
  return {
    count: 0,
    x: 0,
    y: 0,
    confidence: 0,
    left: Infinity,
    right: -Infinity,
    top: Infinity,
    bottom: -Infinity,
  };
}
