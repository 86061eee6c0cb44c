import type { NoFaceReason } from '@oneface/common/events/event';
import { determinant } from '@oneface/common/images/affine';
import type { Raster } from '@oneface/common/images/raster';
import { addFace } from './known-faces.js';
import type { FaceFit } from './landmarks.js';
import {
  FACE_IN_TEMPLATE,
  MOST_CLOSE_PASSES,
  MOST_FACES,
  PROMISING_SCORE,
  SCAN_ROLLS,
  SMALLEST_CROP,
} from './limits.js';
import type { FoundFace, Looker } from './looker.js';
import { patchSide, scanLevels } from './scan.js';
import { turnedView } from './view.js';

/**
 * Finds all faces of a frame with the segmenter alone. It looks at the whole frame first, then at smaller and
 * smaller pieces. Whatever lies as a face does is looked at closely, in a crop aligned by eyes, nose and
 * mouth, and must prove itself there. Only when no face stands upright, it looks again for tilted ones.
 *
 * @throws InputError when the frame's bytes do not fit its size
 */
export async function findFaces(
  looker: Looker,
  frame: Raster,
): Promise<{ found: readonly FoundFace[]; reason: NoFaceReason }> {
  const { roles } = looker;
  let found: FoundFace[] = [];
  let closePasses = 0;
  let largestPatch = 0;
  const views = scanLevels(frame).flat();
  for (const roll of new Set(SCAN_ROLLS)) {
    for (const unitToFrame of views) {
      const { view, fit } = await looker.look(frame, turnedView(unitToFrame, roll), found);
      largestPatch = Math.max(largestPatch, patchSide(view, roles));
      if (!isWorthACloseLook(fit)) continue;
      const passes = looker.passes();
      const face = await looker.lookClosely(frame, fit.templateToFrame);
      if (face !== undefined) found = addFace(found, face);
      closePasses += looker.passes() - passes;
      if (closePasses >= MOST_CLOSE_PASSES || found.length === MOST_FACES) break;
    }
    if (found.length > 0 || closePasses >= MOST_CLOSE_PASSES) break;
  }
  return { found, reason: reasonFor(largestPatch) };
}

/** Whether a fit may be a face large enough to be judged. */
export function isWorthACloseLook(fit: FaceFit | undefined): fit is FaceFit {
  return (
    fit !== undefined &&
    fit.score >= PROMISING_SCORE &&
    Math.sqrt(determinant(fit.templateToFrame)) >= SMALLEST_CROP
  );
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
