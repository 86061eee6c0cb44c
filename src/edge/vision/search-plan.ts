import type { Affine } from '@oneface/common/images/affine';
import type { Raster, Size } from '@oneface/common/images/raster';
import { LEAST_MOTION, SCAN_ROLLS } from './limits.js';
import { createMotionMap, type FrameArea } from './motion.js';
import { scanLevels } from './scan.js';
import { turnedView } from './view.js';

/** One of the views that the search goes through. */
export interface SearchView {
  /** Place in the order of the views, largest first. */
  readonly index: number;
  /** Map from the unit square to the frame, turned differently from look to look. */
  readonly unitToFrame: Affine;
}

/** Decides where to look for new faces in the frames of one camera. */
export interface SearchPlan {
  /** How many views there are. */
  readonly size: number;
  /** Takes note of the next frame. */
  observe(frame: Raster): void;
  /** The view that has waited longest. It counts as looked at from now on. */
  next(): SearchView;
  /** The same among the views in which much has changed since they were looked at; undefined without any. */
  nextMoved(): SearchView | undefined;
}

/** Makes the plan for frames of one size. */
export function createSearchPlan(size: Size): SearchPlan {
  const views = scanLevels(size).flat();
  const areas = views.map((view) => areaOf(view, size));
  const motion = createMotionMap();
  /** By view: the frame in which it was last looked at, when that was among all looks, and how often it was. */
  const seenIn = new Int32Array(views.length);
  const turns = new Float64Array(views.length);
  const times = new Int32Array(views.length);
  let frame = 0;
  let looks = 0;

  function oldest(counts: (view: number) => boolean): number | undefined {
    let found: number | undefined;
    for (let view = 0; view < views.length; view++) {
      if ((found === undefined || turns[view] < turns[found]) && counts(view)) found = view;
    }
    return found;
  }

  function take(index: number): SearchView {
    const roll = SCAN_ROLLS[times[index] % SCAN_ROLLS.length];
    seenIn[index] = frame;
    turns[index] = ++looks;
    times[index] += 1;
    return { index, unitToFrame: turnedView(views[index], roll) };
  }

  return {
    size: views.length,
    observe(picture) {
      frame += 1;
      motion.observe(picture);
    },
    next: () => take(oldest(() => true) ?? 0),
    nextMoved() {
      const moved = oldest((view) => motion.changedSince(areas[view], seenIn[view]) >= LEAST_MOTION);
      return moved === undefined ? undefined : take(moved);
    },
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
