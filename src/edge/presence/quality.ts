import { applyAffine, determinant } from '@oneface/common/images/affine';
import type { FaceLandmarks } from '@oneface/common/images/alignment';
import { boxAround, boxCorners } from '@oneface/common/images/box';
import { FACE_IN_TEMPLATE } from '../vision/limits.js';
import { templateOf } from './face-place.js';
import {
  ASIDE_OFFSET,
  EYE_DISTANCE_IN_TEMPLATE,
  EYES_TO_MOUTH,
  FULL_EYE_DISTANCE,
  HALF_ROLL,
} from './limits.js';
import type { FaceShape } from './sight.js';

/**
 * How good a view of a face is, 0-1, for choosing the best frame of a presence. The product of
 *
 * - size: eye distance over `FULL_EYE_DISTANCE`, at most 1; by the whole face, so that turning does not shrink it
 * - score: how sure the finder is
 * - frontal: 1 looking straight ahead, less the more the mouth is aside or the eyes are close together
 * - upright: 1 at roll 0, a half at `HALF_ROLL`
 * - whole: the share of the face's box that is within the frame
 *
 * The tracker multiplies it by `sharpnessOf`.
 */
export function qualityOf({ landmarks, roll, score, box }: FaceShape): number {
  const template = templateOf(landmarks);
  const eyeDistance = Math.sqrt(determinant(template)) * EYE_DISTANCE_IN_TEMPLATE;
  const size = Math.min(1, eyeDistance / FULL_EYE_DISTANCE);
  const upright = Math.max(0, 1 - Math.abs(roll) / (2 * HALF_ROLL));
  const whole = boxAround(boxCorners(FACE_IN_TEMPLATE).map((corner) => applyAffine(template, corner)));
  const inView = Math.min(1, (box.width * box.height) / (whole.width * whole.height));
  return size * score * frontal(landmarks) * upright * inView;
}

/** 0-1: the mouth lies under the middle of the eyes, as far from it as in a face that looks ahead. */
function frontal({ leftEye, rightEye, mouth }: FaceLandmarks): number {
  const across = { x: rightEye.x - leftEye.x, y: rightEye.y - leftEye.y };
  const down = { x: mouth.x - (leftEye.x + rightEye.x) / 2, y: mouth.y - (leftEye.y + rightEye.y) / 2 };
  const eyes = Math.sqrt(across.x ** 2 + across.y ** 2);
  const aside = Math.abs(across.x * down.x + across.y * down.y) / eyes ** 2;
  const height = Math.abs(across.x * down.y - across.y * down.x) / eyes;
  const stretch = eyes / height / EYES_TO_MOUTH;
  return Math.max(0, 1 - aside / ASIDE_OFFSET) * Math.min(stretch, 1 / stretch);
}
