import { applyAffine, determinant } from '@oneface/common/images/affine';
import { assertRaster, type Raster, type Size } from '@oneface/common/images/raster';
import type { Segmenter } from '@oneface/common/segmentation/segmenter';
import type { Clock } from '../clock/clock.js';
import type { FrameAnalysis } from './analyse-frame.js';
import { describeFaces } from './describe-faces.js';
import { isWorthACloseLook, reasonFor } from './find-faces.js';
import { addFace, holds, isSameFace } from './known-faces.js';
import type { FaceFit } from './landmarks.js';
import {
  FACE_MIDDLE,
  KEPT_SCORE,
  LOST_FRAMES,
  LOST_VIEW,
  MOST_FACES,
  MOST_SEARCH_PASSES,
  ROUND_FRAMES,
  SEARCH_BESIDE,
} from './limits.js';
import { createLooker, type FoundFace } from './looker.js';
import { patchSide } from './scan.js';
import { createSearchPlan, type SearchPlan } from './search-plan.js';
import { squareView } from './view.js';

/** Looks at the frames of one camera, one after the other. */
export interface FrameAnalyser {
  /**
   * Finds the faces of the next frame. Calls must not overlap. The reason why there is none goes by the latest
   * look at each place, which may be a second old.
   *
   * @throws InputError when the frame's bytes do not fit its size
   */
  analyse(picture: Raster): Promise<FrameAnalysis>;
}

/**
 * Passes per frame in which new faces are searched for.
 *
 * @param views of the search
 * @param isBeside whether there are known faces
 */
export function searchPasses(views: number, isBeside: boolean): number {
  const alone = Math.min(MOST_SEARCH_PASSES, (2 * views) / ROUND_FRAMES);
  return Math.ceil(alone * (isBeside ? SEARCH_BESIDE : 1));
}

/** A face that was there a few frames ago. */
interface LostFace {
  readonly fit: FaceFit;
  readonly framesLeft: number;
}

/**
 * Makes an analyser. It looks for the faces of the last frame where they were, mostly with one pass each, and
 * spends a few passes per frame on new ones: half of them on the places in turn, so that each place and size
 * has its turn within about a second, half where something has moved.
 *
 * @param clock tells how long the stages took
 */
export function createFrameAnalyser(segmenter: Segmenter, clock: Pick<Clock, 'monotonic'>): FrameAnalyser {
  const looker = createLooker(segmenter, clock);
  let size: Size | undefined;
  let plan: SearchPlan = createSearchPlan({ width: 1, height: 1 });
  /** By view of the plan: side of the largest patch of face labels when it was last looked at. */
  let patches: Float64Array = new Float64Array(0);
  let known: readonly FoundFace[] = [];
  let lost: readonly LostFace[] = [];

  function startOver({ width, height }: Size): void {
    size = { width, height };
    plan = createSearchPlan(size);
    patches = new Float64Array(plan.size);
    known = [];
    lost = [];
  }

  /** Looks at the known faces. Those that are not where they were are looked for around that place. */
  async function follow(picture: Raster): Promise<readonly FoundFace[]> {
    let faces: readonly FoundFace[] = [];
    let missing = lost;
    for (const { fit, place } of known) {
      const face = await looker.lookClosely(picture, place, KEPT_SCORE);
      if (face !== undefined) {
        faces = addFace(faces, face);
        continue;
      }
      const others = missing.filter((other) => !isSameFace(other.fit, fit));
      missing = [...others, { fit, framesLeft: LOST_FRAMES }];
    }
    const stillMissing: LostFace[] = [];
    for (const { fit, framesLeft } of missing) {
      const { x, y } = applyAffine(fit.templateToFrame, FACE_MIDDLE);
      if (faces.some((face) => holds(face.fit, { x, y }))) continue;
      const side = LOST_VIEW * Math.sqrt(determinant(fit.templateToFrame));
      const { fit: near } = await looker.look(picture, squareView(x, y, side), faces);
      const face = isWorthACloseLook(near) && (await looker.lookClosely(picture, near.templateToFrame));
      if (face) faces = addFace(faces, face);
      else if (framesLeft > 1) stillMissing.push({ fit, framesLeft: framesLeft - 1 });
    }
    lost = stillMissing;
    return faces;
  }

  async function search(picture: Raster, start: readonly FoundFace[]): Promise<readonly FoundFace[]> {
    let faces = start;
    const budget = searchPasses(plan.size, start.length > 0);
    const end = looker.passes() + budget;
    for (let turn = 0; turn < budget && looker.passes() < end && faces.length < MOST_FACES; turn++) {
      const place = turn % 2 === 0 ? plan.next() : plan.nextMoved();
      if (place === undefined) continue;
      const { view, fit } = await looker.look(picture, place.unitToFrame, faces);
      patches[place.index] = patchSide(view, looker.roles);
      const face = isWorthACloseLook(fit) && (await looker.lookClosely(picture, fit.templateToFrame));
      if (face) faces = addFace(faces, face);
    }
    return faces;
  }

  return {
    async analyse(picture) {
      assertRaster(picture, 'the frame');
      const start = clock.monotonic();
      const passes = looker.passes();
      if (picture.width !== size?.width || picture.height !== size.height) startOver(picture);
      plan.observe(picture);
      known = await search(picture, await follow(picture));
      const result = {
        found: known,
        reason: reasonFor(Math.max(...patches)),
        passes: looker.passes() - passes,
        start,
      };
      return describeFaces(result, picture, segmenter.spec.classSet, clock);
    },
  };
}
