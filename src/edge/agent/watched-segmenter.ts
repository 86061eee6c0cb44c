import type { Segmenter } from '@oneface/common/segmentation/segmenter';
import { type Liveness, LONGEST_PASS_MILLISECONDS } from '../supervision/liveness.js';

/** A segmenter whose passes are watched: one that hangs makes the watchdog restart the agent. */
export function watchedSegmenter(segmenter: Segmenter, liveness: Pick<Liveness, 'within'>): Segmenter {
  return {
    spec: segmenter.spec,
    segment: (pixels) =>
      liveness.within('inference', LONGEST_PASS_MILLISECONDS, () => segmenter.segment(pixels)),
  };
}
