import { type Affine, applyAffine, type Point } from '@oneface/common/images/affine';
import { type FaceLandmarks, TEMPLATE } from '@oneface/common/images/alignment';
import { type Box, boxAround, boxCorners } from '@oneface/common/images/box';
import type { Size } from '@oneface/common/images/raster';
import type { Random } from '../random/seeded-random.js';

/** Side of the face picture over the frame's height: from across the room to right before the camera. */
const SMALLEST_SHARE = 0.4;
const LARGEST_SHARE = 1;
/** Degrees to either side that a visitor's head leans. */
const LARGEST_ROLL = 12;
/** Share of the face picture that may lie outside the frame on the left, right and top: hair and background. */
const OUTSIDE = 0.08;

/** Where a face picture stands in a frame. */
export interface Placement {
  /** From the unit square that the face picture fills to pixels of the frame. */
  readonly toFrame: Affine;
  /** Degrees, clockwise as seen. */
  readonly roll: number;
}

/** Draws a size, a lean and a place at which the whole face is in the frame. */
export function drawPlacement(frame: Size, random: Random): Placement {
  const share = SMALLEST_SHARE * (LARGEST_SHARE / SMALLEST_SHARE) ** random();
  const side = Math.min(frame.width, share * frame.height);
  const roll = LARGEST_ROLL * (2 * random() - 1);
  const reach = OUTSIDE * side;
  const left = -reach + random() * (frame.width - side + 2 * reach);
  const top = -reach + random() * (frame.height - side + reach);
  return { toFrame: turnedSquare({ x: left + side / 2, y: top + side / 2 }, side, roll), roll };
}

/** The map from the unit square to one of the given centre, side and roll (degrees, clockwise as seen). */
export function turnedSquare(centre: Point, side: number, roll: number): Affine {
  const radians = (roll * Math.PI) / 180;
  const cos = side * Math.cos(radians);
  const sin = side * Math.sin(radians);
  return [cos, -sin, centre.x - (cos - sin) / 2, sin, cos, centre.y - (sin + cos) / 2];
}

/** The upright box around the placed face picture; it may reach past the frame's edges. */
export function placedBox(toFrame: Affine): Box {
  const corners = boxCorners({ x: 0, y: 0, width: 1, height: 1 });
  return boxAround(corners.map((corner) => applyAffine(toFrame, corner)));
}

/** Where eyes and mouth come to lie, in pixels of the frame, for a face picture aligned to the template. */
export function placedLandmarks(toFrame: Affine): FaceLandmarks {
  const { leftEye, rightEye, mouth } = TEMPLATE;
  return {
    leftEye: applyAffine(toFrame, leftEye),
    rightEye: applyAffine(toFrame, rightEye),
    mouth: applyAffine(toFrame, mouth),
  };
}
