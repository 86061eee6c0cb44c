import {
  type Affine,
  applyAffine,
  determinant,
  type Point,
  similarityFromPoints,
} from '@oneface/common/images/affine';
import type { FaceLandmarks } from '@oneface/common/images/alignment';
import { FACE_MIDDLE, PART_CENTRES } from '../vision/limits.js';

const { leftEye, rightEye, mouth } = PART_CENTRES;
const TEMPLATE_POINTS = [leftEye, rightEye, mouth];

/** Where a face is and how large. Unlike its box, this does not change at the edge of the frame. */
export interface FacePlace {
  /** Between eyes and mouth, in pixels of the frame. */
  readonly centre: Point;
  /** Side of its template in pixels of the frame. */
  readonly side: number;
}

/** The similarity from the template, as a unit square, to the frame. */
export function templateOf(landmarks: FaceLandmarks): Affine {
  return similarityFromPoints(TEMPLATE_POINTS, [landmarks.leftEye, landmarks.rightEye, landmarks.mouth]);
}

/** The place of a face by its landmarks. */
export function placeOf(landmarks: FaceLandmarks): FacePlace {
  const template = templateOf(landmarks);
  return { centre: applyAffine(template, FACE_MIDDLE), side: Math.sqrt(determinant(template)) };
}
