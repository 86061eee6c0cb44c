import type { Affine } from '@oneface/common/images/affine';
import type { Raster, Size } from '@oneface/common/images/raster';
import { LEAST_MOTION } from './limits.js';
import { createMotionMap, type FrameArea } from './motion.js';
import { scanLevels } from './scan.js';

/** Decides where to look for new faces in the frames of one camera. */
export interface SearchPlan {
  /** The views, as maps from the unit square to the frame, largest first. */
  readonly views: readonly Affine[];
  /** Takes note of the next frame. */
  observe(frame: Raster): void;
  /** Index of the view that has waited longest. It counts as looked at from now on. */
  next(): number;
  /** The same among the views in which much has changed since they were looked at; undefined without any. */
  nextMoved(): number | undefined;
}

/** Makes the plan for frames of one size. */
export function createSearchPlan(size: Size): SearchPlan {
  const views = scanLevels(size).flat();
  const areas = views.map((view) => areaOf(view, size));
  const motion = createMotionMap();
  /** By view: the frame in which it was last looked at, and how many looks there were before that one. */
  const seenIn = new Int32Array(views.length);
  const turns = new Float64Array(views.length);
  let frame = 0;
  let looks = 0;

  function oldest(counts: (view: number) => boolean): number | undefined {
    let found: number | undefined;
    for (let view = 0; view < views.length; view++) {
      if ((found === undefined || turns[view] < turns[found]) && counts(view)) found = view;
    }
    if (found !== undefined) {
      seenIn[found] = frame;
      turns[found] = ++looks;
    }
    return found;
  }

  return {
    views,
    observe(picture) {
      frame += 1;
      motion.observe(picture);
    },
    next: () => oldest(() => true) ?? 0,
    nextMoved: () => oldest((view) => motion.changedSince(areas[view], seenIn[view]) >= LEAST_MOTION),
  };
}

/** The part of the frame that a view shows. */
function areaOf([side, , left, , , top]: Affine, { width, height }: Size): FrameArea {
  return {
    left: left / width,
    top: top / height,
    right: (left + side) / width,
    bottom: (top + side) / height,
  };
}
