import { type ClassSetId, classSet } from '@oneface/common/classes/class-sets';
import type { LabelMap, Raster } from '@oneface/common/images/raster';
import {
  addConfusions,
  type Confusion,
  countLabels,
  emptyConfusion,
  scores,
} from '@oneface/common/metrics/iou';
import type { Segmenter } from '@oneface/common/segmentation/segmenter';
import { labelsOfFaces } from '../agent/frame-labels.js';
import type { Clock } from '../clock/clock.js';
import { analyseFrame, type FrameAnalysis } from '../vision/analyse-frame.js';
import { createFrameAnalyser } from '../vision/frame-analyser.js';
import { CHANGES, type Change, changed, changedBack } from './vision-changes.js';
import { Group, type GroupFigures, share } from './vision-group.js';
import type { BenchFrame } from './vision-scenes.js';

/** How often a frame is shown to an analyser: one second of a camera with ten frames a second. */
const TRACKED_FRAMES = 10;

/** How well faces are found and segmented. Shares are from 0 to 1; null where nothing was counted. */
export interface VisionFigures {
  readonly frames: number;
  /** A full search of each frame. */
  readonly search: {
    /** Share of the frames in which a face was found. */
    readonly found: number | null;
    /** Faces found per frame. */
    readonly faces: number | null;
    readonly passes: number | null;
    readonly milliseconds: number | null;
  };
  /** An analyser to which each frame is shown for a second. */
  readonly tracking: {
    readonly found: number | null;
    readonly faces: number | null;
    /** Frames until the first face is found, where one is. */
    readonly framesToFind: number | null;
    /** Of the last frame of the second. */
    readonly passes: number | null;
    readonly milliseconds: number | null;
  };
  /** What the frame and its changed copy have in common. */
  readonly consistency: Readonly<Record<Change, ConsistencyFigures>>;
  /** For frames whose faces are known. */
  readonly groups: Readonly<Record<string, GroupFigures>>;
}

export interface ConsistencyFigures {
  /** Of the frames in which a face was found: the share in whose copy one was found too. */
  readonly found: number | null;
  /** Mean intersection over union of the labels of both, over the classes, where both have a face. */
  readonly meanIou: number | null;
}

/** Measures how well faces are found and segmented in frames. */
export async function visionFigures(
  segmenter: Segmenter,
  frames: AsyncIterable<BenchFrame> | Iterable<BenchFrame>,
  clock: Pick<Clock, 'monotonic'>,
): Promise<VisionFigures> {
  const set = segmenter.spec.classSet;
  const search = new Tally();
  const tracking = new Tally();
  let framesToFind = 0;
  const consistency = CHANGES.map((change) => ({ change, both: 0, confusion: noLabels(set) }));
  const groups = new Map<string, Group>();
  for await (const { picture, truth } of frames) {
    const searched = await timed(clock, () => analyseFrame(segmenter, picture, clock));
    search.add(searched);
    const { first, last } = await track(segmenter, picture, clock);
    tracking.add(last);
    framesToFind += first ?? 0;
    const labels = labelsOfFaces(searched.analysis.faces, set, picture);
    if (searched.analysis.faces.length > 0) {
      for (const entry of consistency) {
        const copy = changed(picture, entry.change);
        const { faces } = await analyseFrame(segmenter, copy, clock);
        if (faces.length === 0) continue;
        entry.both += 1;
        const back = changedBack(labelsOfFaces(faces, set, copy), picture, entry.change);
        entry.confusion = plus(entry.confusion, back, labels);
      }
    }
    if (truth === undefined) continue;
    const group = groups.get(truth.group) ?? new Group(set);
    groups.set(truth.group, group);
    group.add(truth, { faces: searched.analysis.faces, labels }, last.analysis.faces);
  }
  return {
    frames: search.frames,
    search: search.figures,
    tracking: { ...tracking.figures, framesToFind: share(framesToFind, tracking.withFace) },
    consistency: Object.fromEntries(
      consistency.map(({ change, both, confusion }) => [
        change,
        { found: share(both, search.withFace), meanIou: scores(confusion).meanIou },
      ]),
    ) as Record<Change, ConsistencyFigures>,
    groups: Object.fromEntries([...groups].map(([name, group]) => [name, group.figures])),
  };
}

interface Timed {
  readonly analysis: FrameAnalysis;
  readonly milliseconds: number;
}

/** Sums over frames. */
class Tally {
  frames = 0;
  withFace = 0;
  private faces = 0;
  private passes = 0;
  private milliseconds = 0;

  add({ analysis, milliseconds }: Timed): void {
    this.frames += 1;
    if (analysis.faces.length > 0) this.withFace += 1;
    this.faces += analysis.faces.length;
    this.passes += analysis.passes;
    this.milliseconds += milliseconds;
  }

  get figures(): VisionFigures['search'] {
    return {
      found: share(this.withFace, this.frames),
      faces: share(this.faces, this.frames),
      passes: share(this.passes, this.frames),
      milliseconds: share(this.milliseconds, this.frames),
    };
  }
}

/** Shows a frame to a new analyser for a second. */
async function track(
  segmenter: Segmenter,
  picture: Raster,
  clock: Pick<Clock, 'monotonic'>,
): Promise<{ first: number | undefined; last: Timed }> {
  const analyser = createFrameAnalyser(segmenter, clock);
  const look = () => timed(clock, () => analyser.analyse(picture));
  let last = await look();
  let first = last.analysis.faces.length > 0 ? 1 : undefined;
  for (let frame = 2; frame <= TRACKED_FRAMES; frame++) {
    last = await look();
    if (last.analysis.faces.length > 0) first ??= frame;
  }
  return { first, last };
}

async function timed(clock: Pick<Clock, 'monotonic'>, analyse: () => Promise<FrameAnalysis>): Promise<Timed> {
  const start = clock.monotonic();
  const analysis = await analyse();
  return { analysis, milliseconds: clock.monotonic() - start };
}

function noLabels(set: ClassSetId): Confusion {
  return emptyConfusion(classSet(set).classes.length);
}

function plus(confusion: Confusion, truth: LabelMap, predicted: LabelMap): Confusion {
  const frame = emptyConfusion(confusion.classes);
  countLabels(frame, truth.data, predicted.data);
  return addConfusions(confusion, frame);
}
