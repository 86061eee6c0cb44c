import type { NoFaceReason } from '@oneface/common/events/event';
import { determinant, type Point } from '@oneface/common/images/affine';
import type { Raster } from '@oneface/common/images/raster';
import { addFace } from './known-faces.js';
import { FACE_IN_TEMPLATE, MOST_FACES, MOST_PASSES, PROMISING_SCORE, SMALLEST_CROP } from './limits.js';
import type { FoundFace, Looker } from './looker.js';
import { byEvidence, faceCells, patchSide, scanLevels } from './scan.js';

/**
 * Finds the faces of a frame with the segmenter alone. It looks at the whole frame first, then at smaller
 * and smaller pieces, those with signs of a face before the others. Whatever lies as a face does is looked
 * at closely, in a crop aligned by eyes, nose and mouth, and must prove itself there.
 *
 * @throws InputError when the frame's bytes do not fit its size
 */
export async function findFaces(
  looker: Looker,
  frame: Raster,
): Promise<{ found: readonly FoundFace[]; reason: NoFaceReason }> {
  const { roles } = looker;
  const end = looker.passes() + MOST_PASSES;
  let found: FoundFace[] = [];
  let largestPatch = 0;
  let signs: Point[] = [];
  for (const level of scanLevels(frame)) {
    const views = byEvidence(level, signs);
    signs = [];
    for (const unitToFrame of views) {
      if (looker.passes() >= end || found.length === MOST_FACES) break;
      const { view, fit } = await looker.look(frame, unitToFrame, found);
      signs.push(...faceCells(view, roles));
      largestPatch = Math.max(largestPatch, patchSide(view, roles));
      if (fit === undefined || fit.score < PROMISING_SCORE) continue;
      if (Math.sqrt(determinant(fit.templateToFrame)) < SMALLEST_CROP) continue;
      const face = await looker.lookClosely(frame, fit.templateToFrame);
      if (face !== undefined) found = addFace(found, face);
    }
  }
  return { found, reason: reasonFor(largestPatch) };
}

/**
 * Why no face was found.
 *
 * @param largestPatch side of the largest patch of face labels, in pixels of the frame
 */
export function reasonFor(largestPatch: number): NoFaceReason {
  if (largestPatch === 0) return 'nothing-found';
  return largestPatch < SMALLEST_CROP * FACE_IN_TEMPLATE.height ? 'too-small' : 'no-landmarks';
}
