import { type Affine, applyAffine, determinant, type Point } from '@oneface/common/images/affine';
import type { Size } from '@oneface/common/images/raster';
import { connectedComponents } from '@oneface/common/masks/components';
import { SCAN_RATIO, SCAN_STRIDE, SMALLEST_PATCH, SMALLEST_WINDOW } from './limits.js';
import type { PartRoles } from './part-roles.js';
import { squareView, type View, wholeFrame } from './view.js';

/**
 * The views that show every face of the frame at a size the segmenter knows: the whole frame, then squares
 * of half its longer side, and so on down.
 *
 * @returns per level, maps from the unit square to the frame
 */
export function scanLevels(frame: Size): Affine[][] {
  const levels = [[wholeFrame(frame)]];
  const smallest = SMALLEST_WINDOW * Math.min(frame.width, frame.height);
  for (let side = Math.max(frame.width, frame.height) / SCAN_RATIO; side >= smallest; side /= SCAN_RATIO) {
    const rows = centres(frame.height, side);
    levels.push(rows.flatMap((y) => centres(frame.width, side).map((x) => squareView(x, y, side))));
  }
  return levels;
}

/** Centres of the face labels of a view, in pixels of the frame. */
export function faceCells({ labels, gridToFrame }: View, roles: PartRoles): Point[] {
  const cells: Point[] = [];
  labels.data.forEach((label, cell) => {
    if (!roles.face.includes(label)) return;
    const centre = { x: (cell % labels.width) + 0.5, y: Math.floor(cell / labels.width) + 0.5 };
    cells.push(applyAffine(gridToFrame, centre));
  });
  return cells;
}

/** Longer side of the largest connected patch of face labels, in pixels of the frame; 0 without one. */
export function patchSide({ labels, gridToFrame }: View, roles: PartRoles): number {
  const [largest] = connectedComponents(labels, roles.face);
  if (largest === undefined || largest.area < SMALLEST_PATCH) return 0;
  const cell = Math.sqrt(Math.abs(determinant(gridToFrame)));
  return Math.max(largest.box.width, largest.box.height) * cell;
}

/** Orders views by how many of the points they hold, most first; equals keep their order. */
export function byEvidence(views: readonly Affine[], points: readonly Point[]): Affine[] {
  const evidence = views.map((view) => ({
    view,
    count: points.filter((point) => holds(view, point)).length,
  }));
  return evidence.sort((a, b) => b.count - a.count).map(({ view }) => view);
}

function holds([side, , left, , , top]: Affine, { x, y }: Point): boolean {
  return x >= left && x < left + side && y >= top && y < top + side;
}

/** Evenly spread middles of windows that cover a length; one in the middle where a window holds it all. */
function centres(length: number, side: number): number[] {
  if (length <= side) return [length / 2];
  const steps = Math.ceil((length - side) / (SCAN_STRIDE * side));
  return Array.from({ length: steps + 1 }, (_, step) => side / 2 + ((length - side) * step) / steps);
}
