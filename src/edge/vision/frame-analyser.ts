import { type Affine, determinant } from '@oneface/common/images/affine';
import type { Raster, Size } from '@oneface/common/images/raster';
import type { Segmenter } from '@oneface/common/segmentation/segmenter';
import type { Clock } from '../clock/clock.js';
import type { FrameAnalysis } from './analyse-frame.js';
import { describeFaces } from './describe-faces.js';
import { reasonFor } from './find-faces.js';
import { addFace } from './known-faces.js';
import { MOST_FACES, PROMISING_SCORE, SEARCH_PASSES, SMALLEST_CROP } from './limits.js';
import { createLooker, type FoundFace } from './looker.js';
import { patchSide, scanLevels } from './scan.js';

/** Looks at the frames of one camera, one after the other. */
export interface FrameAnalyser {
  /**
   * Finds the faces of the next frame. Calls must not overlap.
   *
   * @throws InputError when the frame's bytes do not fit its size
   */
  analyse(picture: Raster): Promise<FrameAnalysis>;
}

/**
 * Makes an analyser. It looks for the faces of the last frame where they were, and spends a few passes a
 * frame on searching for new ones, going on where it left off.
 *
 * @param clock tells how long the stages took
 */
export function createFrameAnalyser(segmenter: Segmenter, clock: Pick<Clock, 'monotonic'>): FrameAnalyser {
  const looker = createLooker(segmenter, clock);
  let size: Size = { width: 0, height: 0 };
  let views: readonly Affine[] = [];
  let patches: number[] = [];
  let next = 0;
  let known: readonly FoundFace[] = [];

  function startOver(picture: Raster): void {
    size = { width: picture.width, height: picture.height };
    views = scanLevels(size).flat();
    patches = views.map(() => 0);
    next = 0;
    known = [];
  }

  async function follow(picture: Raster): Promise<FoundFace[]> {
    let found: FoundFace[] = [];
    for (const { fit } of known) {
      const face = await looker.lookClosely(picture, fit.templateToFrame);
      if (face !== undefined) found = addFace(found, face);
    }
    return found;
  }

  async function search(picture: Raster, found: FoundFace[]): Promise<FoundFace[]> {
    let faces = found;
    const end = looker.passes() + SEARCH_PASSES;
    while (looker.passes() < end && faces.length < MOST_FACES) {
      const at = next;
      next = (next + 1) % views.length;
      const { view, fit } = await looker.look(picture, views[at], faces);
      patches[at] = patchSide(view, looker.roles);
      if (fit === undefined || fit.score < PROMISING_SCORE) continue;
      if (Math.sqrt(determinant(fit.templateToFrame)) < SMALLEST_CROP) continue;
      const face = await looker.lookClosely(picture, fit.templateToFrame);
      if (face !== undefined) faces = addFace(faces, face);
    }
    return faces;
  }

  return {
    async analyse(picture) {
      const start = clock.monotonic();
      const before = looker.passes();
      if (picture.width !== size.width || picture.height !== size.height) startOver(picture);
      known = await search(picture, await follow(picture));
      const result = {
        found: known,
        reason: reasonFor(Math.max(...patches)),
        passes: looker.passes() - before,
        start,
      };
      return describeFaces(result, picture, segmenter.spec.classSet, clock);
    },
  };
}
