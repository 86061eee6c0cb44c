import type { NoFaceReason } from '@oneface/common/events/event';
import { type Affine, determinant, type Point } from '@oneface/common/images/affine';
import type { Raster } from '@oneface/common/images/raster';
import type { Segmenter } from '@oneface/common/segmentation/segmenter';
import type { Clock } from '../clock/clock.js';
import { type FaceFit, fitFace, shiftBetween } from './landmarks.js';
import {
  ACCEPTED_SCORE,
  FACE_IN_TEMPLATE,
  MOST_CLOSE_LOOKS,
  MOST_PASSES,
  PROMISING_SCORE,
  SETTLED_SHIFT,
  SMALLEST_CROP,
} from './limits.js';
import { partRoles } from './part-roles.js';
import { byEvidence, faceCells, patchSide, scanLevels } from './scan.js';
import { lookAt, type View } from './view.js';

/** A face and the aligned view that shows it. */
export interface FoundFace {
  readonly fit: FaceFit;
  readonly view: View;
  /** How often the segmenter ran. */
  readonly passes: number;
}

/** Why there is none. */
export interface NoFace {
  readonly reason: NoFaceReason;
  readonly passes: number;
}

/**
 * Finds a face with the segmenter alone. It looks at the whole frame first, then at smaller and smaller
 * pieces, those with signs of a face before the others. Whatever lies as a face does is looked at closely,
 * in a crop aligned by eyes, nose and mouth, and must prove itself there. The first that does is the answer.
 *
 * @param clock tells how long each pass took
 * @throws InputError when the frame's bytes do not fit its size
 */
export async function findFace(
  segmenter: Segmenter,
  frame: Raster,
  clock: Pick<Clock, 'monotonic'>,
): Promise<FoundFace | NoFace> {
  const roles = partRoles(segmenter.spec.classSet);
  let passes = 0;
  let largestPatch = 0;
  let signs: Point[] = [];

  async function look(unitToFrame: Affine): Promise<{ view: View; fit: FaceFit | undefined }> {
    passes++;
    const view = await lookAt(segmenter, frame, unitToFrame, clock);
    return { view, fit: fitFace(view, roles) };
  }

  async function lookClosely(start: FaceFit): Promise<Omit<FoundFace, 'passes'> | undefined> {
    let near = start;
    for (let looks = 1; passes < MOST_PASSES; looks++) {
      const { view, fit } = await look(near.templateToFrame);
      if (fit === undefined || fit.score < PROMISING_SCORE) return undefined;
      const shift = shiftBetween(fit.templateToFrame, near.templateToFrame);
      if (shift <= SETTLED_SHIFT || looks === MOST_CLOSE_LOOKS) {
        return fit.score >= ACCEPTED_SCORE ? { fit, view } : undefined;
      }
      near = fit;
    }
    return undefined;
  }

  for (const level of scanLevels(frame)) {
    const views = byEvidence(level, signs);
    signs = [];
    for (const unitToFrame of views) {
      if (passes >= MOST_PASSES) break;
      const { view, fit } = await look(unitToFrame);
      signs.push(...faceCells(view, roles));
      largestPatch = Math.max(largestPatch, patchSide(view, roles));
      if (fit === undefined || fit.score < PROMISING_SCORE) continue;
      if (Math.sqrt(determinant(fit.templateToFrame)) < SMALLEST_CROP) continue;
      const closest = await lookClosely(fit);
      if (closest !== undefined) return { ...closest, passes };
    }
  }
  return { reason: reasonFor(largestPatch), passes };
}

function reasonFor(largestPatch: number): NoFaceReason {
  if (largestPatch === 0) return 'nothing-found';
  return largestPatch < SMALLEST_CROP * FACE_IN_TEMPLATE.height ? 'too-small' : 'no-landmarks';
}
