import { type Affine, determinant } from '@oneface/common/images/affine';
import type { Size } from '@oneface/common/images/raster';
import { connectedComponents } from '@oneface/common/masks/components';
import {
  SCAN_RATIO,
  SCAN_STRIDE,
  SMALLEST_PATCH,
  SMALLEST_PIECE,
  SMALLEST_PIECE_EVER,
  SMALLEST_PIECE_SHARE,
} from './limits.js';
import type { PartRoles } from './part-roles.js';
import { squareView, type View, wholeFrame } from './view.js';

/** Of a step too many for a quotient that is whole but for rounding. */
const TOLERANCE = 0.01;

/**
 * The views that show every face of the frame at a size the segmenter knows: the whole frame, then smaller
 * and smaller squares.
 *
 * @returns per level, maps from the unit square to the frame
 */
export function scanLevels(frame: Size): Affine[][] {
  const levels = [[wholeFrame(frame)]];
  const longest = Math.max(frame.width, frame.height);
  const smallest = Math.max(SMALLEST_PIECE_EVER, Math.min(SMALLEST_PIECE, SMALLEST_PIECE_SHARE * longest));
  const steps = Math.max(0, Math.ceil(Math.log(longest / smallest) / Math.log(SCAN_RATIO) - TOLERANCE));
  for (let step = 1; step <= steps; step++) {
    const side = longest * (smallest / longest) ** (step / steps);
    const rows = centres(frame.height, side);
    levels.push(rows.flatMap((y) => centres(frame.width, side).map((x) => squareView(x, y, side))));
  }
  return levels;
}

/** Longer side of the largest connected patch of face labels, in pixels of the frame; 0 without one. */
export function patchSide({ labels, gridToFrame }: View, roles: PartRoles): number {
  const [largest] = connectedComponents(labels, roles.face);
  if (largest === undefined || largest.area < SMALLEST_PATCH) return 0;
  const cell = Math.sqrt(Math.abs(determinant(gridToFrame)));
  return Math.max(largest.box.width, largest.box.height) * cell;
}

/** Evenly spread middles of windows that cover a length; one in the middle where a window holds it all. */
function centres(length: number, side: number): number[] {
  if (length <= side) return [length / 2];
  const steps = Math.ceil((length - side) / (SCAN_STRIDE * side));
  return Array.from({ length: steps + 1 }, (_, step) => side / 2 + ((length - side) * step) / steps);
}
