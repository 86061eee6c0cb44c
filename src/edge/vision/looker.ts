import type { Affine } from '@oneface/common/images/affine';
import type { Raster } from '@oneface/common/images/raster';
import type { Segmenter } from '@oneface/common/segmentation/segmenter';
import type { Clock } from '../clock/clock.js';
import { type FaceFit, fitFace, shiftBetween } from './landmarks.js';
import { ACCEPTED_SCORE, MOST_CLOSE_LOOKS, PROMISING_SCORE, SETTLED_SHIFT } from './limits.js';
import { type PartRoles, partRoles } from './part-roles.js';
import { lookAt, type View } from './view.js';

/** A face and the aligned view that shows it. */
export interface FoundFace {
  readonly fit: FaceFit;
  readonly view: View;
}

/** Looks at pieces of frames with the segmenter. */
export interface Looker {
  readonly roles: PartRoles;
  /** How often the segmenter has run. */
  passes(): number;
  /** One pass over a piece of the frame, given as a map from the unit square, and the best fit in it. */
  look(frame: Raster, unitToFrame: Affine): Promise<{ view: View; fit: FaceFit | undefined }>;
  /**
   * Looks at a supposed face in crops aligned to it until they settle.
   *
   * @param near the template's supposed place
   * @param mostLooks passes that it may take
   * @returns undefined when it does not prove to be a face
   */
  lookClosely(frame: Raster, near: Affine, mostLooks?: number): Promise<FoundFace | undefined>;
}

/**
 * Makes one.
 *
 * @param clock tells how long each pass took
 */
export function createLooker(segmenter: Segmenter, clock: Pick<Clock, 'monotonic'>): Looker {
  const roles = partRoles(segmenter.spec.classSet);
  let passes = 0;

  async function look(frame: Raster, unitToFrame: Affine): Promise<{ view: View; fit: FaceFit | undefined }> {
    passes += 1;
    const view = await lookAt(segmenter, frame, unitToFrame, clock);
    return { view, fit: fitFace(view, roles) };
  }

  async function lookClosely(
    frame: Raster,
    near: Affine,
    mostLooks = MOST_CLOSE_LOOKS,
  ): Promise<FoundFace | undefined> {
    let place = near;
    for (let looks = 1; looks <= mostLooks; looks++) {
      const { view, fit } = await look(frame, place);
      if (fit === undefined || fit.score < PROMISING_SCORE) return undefined;
      if (looks === mostLooks || shiftBetween(fit.templateToFrame, place) <= SETTLED_SHIFT) {
        return fit.score >= ACCEPTED_SCORE ? { fit, view } : undefined;
      }
      place = fit.templateToFrame;
    }
    return undefined;
  }

  return { roles, passes: () => passes, look, lookClosely };
}
