import type { Affine } from '@oneface/common/images/affine';
import type { Raster } from '@oneface/common/images/raster';
import type { Segmenter } from '@oneface/common/segmentation/segmenter';
import type { Clock } from '../clock/clock.js';
import { holds } from './known-faces.js';
import { createFaceFitter, type FaceFit, shiftBetween } from './landmarks.js';
import { ACCEPTED_SCORE, MOST_CLOSE_LOOKS, PROMISING_SCORE, SETTLED_SHIFT } from './limits.js';
import { type PartRoles, partRoles } from './part-roles.js';
import { lookAt, type View } from './view.js';

/** A face and the aligned view that shows it. */
export interface FoundFace {
  readonly fit: FaceFit;
  readonly view: View;
  /** Where to look for it next: where it is, or where it was seen from when the crop did not settle. */
  readonly place: Affine;
}

/** Looks at pieces of frames with the segmenter. */
export interface Looker {
  readonly roles: PartRoles;
  /** How often the segmenter has run. */
  passes(): number;
  /**
   * One pass over a piece of the frame, given as a map from the unit square, and the best fit in it.
   *
   * @param known faces that are not looked for
   */
  look(
    frame: Raster,
    unitToFrame: Affine,
    known: readonly FoundFace[],
  ): Promise<{ view: View; fit: FaceFit | undefined }>;
  /**
   * Looks at a supposed face in crops aligned to it until they settle.
   *
   * @param near the template's supposed place
   * @param accepted score that it must reach
   * @returns undefined when it does not prove to be a face
   */
  lookClosely(frame: Raster, near: Affine, accepted?: number): Promise<FoundFace | undefined>;
}

/**
 * Makes one.
 *
 * @param clock tells how long each pass took
 */
export function createLooker(segmenter: Segmenter, clock: Pick<Clock, 'monotonic'>): Looker {
  const roles = partRoles(segmenter.spec.classSet);
  const fitter = createFaceFitter(roles, segmenter.spec.output);
  let passes = 0;

  function pass(frame: Raster, unitToFrame: Affine): Promise<View> {
    passes += 1;
    return lookAt(segmenter, frame, unitToFrame, clock);
  }

  /** In an aligned crop the face lies where the template has it, or else has to be looked for. */
  function fitAligned(view: View, templateToFrame: Affine): FaceFit | undefined {
    const near = fitter.fitNear(view, templateToFrame);
    if (near !== undefined && near.score >= ACCEPTED_SCORE) return near;
    const other = fitter.fit(view);
    return other === undefined || (near !== undefined && near.score >= other.score) ? near : other;
  }

  return {
    roles,
    passes: () => passes,
    async look(frame, unitToFrame, known) {
      const view = await pass(frame, unitToFrame);
      return { view, fit: fitter.fit(view, (place) => known.some(({ fit }) => holds(fit, place))) };
    },
    async lookClosely(frame, near, accepted = ACCEPTED_SCORE) {
      let place = near;
      let best: FoundFace | undefined;
      for (let looks = 1; looks <= MOST_CLOSE_LOOKS; looks++) {
        const view = await pass(frame, place);
        const fit = fitAligned(view, place);
        if (fit === undefined || fit.score < PROMISING_SCORE) break;
        const isSettled = shiftBetween(fit.templateToFrame, place) <= SETTLED_SHIFT;
        if (fit.score >= accepted && (isSettled || best === undefined || fit.score > best.fit.score)) {
          best = { fit, view, place: isSettled ? fit.templateToFrame : place };
        }
        if (isSettled) break;
        place = fit.templateToFrame;
      }
      return best;
    },
  };
}
