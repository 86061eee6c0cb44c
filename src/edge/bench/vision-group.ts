import { type ClassSetId, classSet } from '@oneface/common/classes/class-sets';
import type { LabelMap } from '@oneface/common/images/raster';
import {
  addConfusions,
  type Confusion,
  countLabels,
  emptyConfusion,
  scores,
} from '@oneface/common/metrics/iou';
import type { FaceAnalysis } from '../vision/analyse-frame.js';
import { matchFaces } from './vision-match.js';
import type { Truth } from './vision-scenes.js';

/** How well the faces of a group of frames were found. */
export interface GroupFigures {
  readonly frames: number;
  readonly faces: number;
  /** Share of the faces found by a full search, and by an analyser within its first second. */
  readonly found: number | null;
  readonly foundInTracking: number | null;
  /** Finds where there is no face, and second finds of one face, in both together. */
  readonly wrong: number;
  readonly repeated: number;
  /** Mean distance of eyes and mouth from their true centres, in eye distances; of the faces found. */
  readonly landmarkError: number | null;
  /** Intersection over union by part, over the frames whose faces were all found. */
  readonly partIou: Readonly<Record<string, number | null>>;
  /** Mean over the parts, without the background. */
  readonly meanPartIou: number | null;
}

/** Gathers the figures of one group. */
export class Group {
  private readonly set: ClassSetId;
  private confusion: Confusion;
  private frames = 0;
  private faces = 0;
  private found = 0;
  private tracked = 0;
  private wrong = 0;
  private repeated = 0;
  private error = 0;

  constructor(set: ClassSetId) {
    this.set = set;
    this.confusion = emptyConfusion(classSet(set).classes.length);
  }

  /**
   * Counts one frame.
   *
   * @param searched what a full search found, and its labels laid over the frame
   * @param tracked what an analyser had found after a second
   */
  add(
    truth: Truth,
    searched: { readonly faces: readonly FaceAnalysis[]; readonly labels: LabelMap },
    tracked: readonly FaceAnalysis[],
  ): void {
    const search = matchFaces(truth.faces, searched.faces);
    const tracking = matchFaces(truth.faces, tracked);
    this.frames += 1;
    this.faces += truth.faces.length;
    this.found += search.errors.length;
    this.tracked += tracking.errors.length;
    this.wrong += search.wrong + tracking.wrong;
    this.repeated += search.repeated + tracking.repeated;
    for (const error of search.errors) this.error += error;
    if (truth.labels === undefined || search.missed + search.wrong > 0) return;
    const frame = emptyConfusion(this.confusion.classes);
    countLabels(frame, truth.labels.data, searched.labels.data);
    this.confusion = addConfusions(this.confusion, frame);
  }

  get figures(): GroupFigures {
    const { classes } = classSet(this.set);
    const { iou } = scores(this.confusion);
    const parts = classes.map(({ name }, label) => [name, iou[label]] as const).slice(1);
    const known = parts.flatMap(([, value]) => value ?? []);
    return {
      frames: this.frames,
      faces: this.faces,
      found: share(this.found, this.faces),
      foundInTracking: share(this.tracked, this.faces),
      wrong: this.wrong,
      repeated: this.repeated,
      landmarkError: share(this.error, this.found),
      partIou: Object.fromEntries(parts),
      meanPartIou: share(
        known.reduce((sum, value) => sum + value, 0),
        known.length,
      ),
    };
  }
}

/** A part of a whole; null when there is no whole. */
export function share(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}
