import { applyAffine, determinant, type Point } from '@oneface/common/images/affine';
import type { FaceFit } from './landmarks.js';
import { FACE_MIDDLE, SAME_FACE_DISTANCE } from './limits.js';
import type { FoundFace } from './looker.js';

/** Whether two fits are of one face: faces do not stand within each other. */
export function isSameFace(a: FaceFit, b: FaceFit): boolean {
  const [here, there] = [a, b].map(({ templateToFrame }) => applyAffine(templateToFrame, FACE_MIDDLE));
  const side = Math.sqrt(Math.max(determinant(a.templateToFrame), determinant(b.templateToFrame)));
  return Math.sqrt((here.x - there.x) ** 2 + (here.y - there.y) ** 2) < SAME_FACE_DISTANCE * side;
}

/** Whether a point lies so near the middle of a face that it is of this face. */
export function holds({ templateToFrame }: FaceFit, { x, y }: Point): boolean {
  const middle = applyAffine(templateToFrame, FACE_MIDDLE);
  const reach = SAME_FACE_DISTANCE * Math.sqrt(determinant(templateToFrame));
  return Math.sqrt((x - middle.x) ** 2 + (y - middle.y) ** 2) < reach;
}

/** Adds a face; of two finds of the same one the surer stays. */
export function addFace(faces: readonly FoundFace[], face: FoundFace): FoundFace[] {
  const same = faces.filter(({ fit }) => isSameFace(fit, face.fit));
  if (same.some(({ fit }) => fit.score >= face.fit.score)) return [...faces];
  return [...faces.filter((other) => !same.includes(other)), face];
}
