import { classSet } from '@oneface/common/classes/class-sets';
import type { NoFaceReason } from '@oneface/common/events/event';
import { type Affine, applyAffine } from '@oneface/common/images/affine';
import type { FaceLandmarks } from '@oneface/common/images/alignment';
import { type Box, boxAround, boxCorners, clipBox } from '@oneface/common/images/box';
import type { LabelMap, Raster, Size } from '@oneface/common/images/raster';
import { measureParts, type PartMeasure } from '@oneface/common/masks/parts';
import type { Segmenter } from '@oneface/common/segmentation/segmenter';
import type { Clock } from '../clock/clock.js';
import { type FoundFace, findFace } from './find-face.js';
import { rollOf } from './landmarks.js';
import { FACE_IN_TEMPLATE } from './limits.js';

/** A face and its parts; all places in pixels of the frame. */
export interface FaceAnalysis {
  /** Hairline to chin and ear to ear, upright, within the frame. */
  readonly box: Box;
  readonly landmarks: FaceLandmarks;
  /** Degrees that the line from left to right eye is turned clockwise. */
  readonly roll: number;
  /** How sure it is that this is a face, 0-1. */
  readonly score: number;
  /** Matrix from cells of the mask grid to pixels of the frame. */
  readonly gridToFrame: Affine;
  /** Labels of the mask grid; background where it reaches past the frame. */
  readonly labels: LabelMap;
  /** The model's logits on the mask grid, [classes, height, width], for smooth enlargement. */
  readonly logits: Uint8Array | Float32Array;
  /** The parts in view in class set order, without the background. */
  readonly parts: readonly PartMeasure[];
}

/** Milliseconds per stage. */
export interface AnalysisTimings {
  /** All passes but the last, and the search between them. */
  readonly find: number;
  /** The pass on the aligned crop; absent without a face. */
  readonly segment?: number;
  /** Measuring the parts; absent without a face. */
  readonly measure?: number;
}

/** What a frame shows: a face, or the reason why none was found. */
export type FrameAnalysis = Size & {
  readonly timings: AnalysisTimings;
  /** How often the segmenter ran. */
  readonly passes: number;
} & (
    | { readonly face: FaceAnalysis; readonly reason?: undefined }
    | { readonly face?: undefined; readonly reason: NoFaceReason }
  );

/**
 * Finds the face of a frame, segments it in an aligned crop and measures its parts.
 *
 * @param clock tells how long the stages took
 * @throws InputError when the frame's bytes do not fit its size
 */
export async function analyseFrame(
  segmenter: Segmenter,
  frame: Raster,
  clock: Pick<Clock, 'monotonic'>,
): Promise<FrameAnalysis> {
  const { width, height } = frame;
  const start = clock.monotonic();
  const found = await findFace(segmenter, frame, clock);
  const end = clock.monotonic();
  const { passes } = found;
  if ('reason' in found) {
    return { width, height, timings: { find: end - start }, passes, reason: found.reason };
  }
  const face = describeFace(found, frame, classSet(segmenter.spec.classSet).classes.length);
  const segment = found.view.milliseconds;
  const timings = { find: end - start - segment, segment, measure: clock.monotonic() - end };
  return { width, height, timings, passes, face };
}

function describeFace({ fit, view }: FoundFace, frame: Size, classes: number): FaceAnalysis {
  const { landmarks, templateToFrame, score } = fit;
  const { gridToFrame, labels, logits, confidence } = view;
  return {
    box: faceBox(templateToFrame, frame),
    landmarks,
    roll: rollOf(templateToFrame),
    score,
    gridToFrame,
    labels,
    logits,
    parts: measureParts(labels, confidence, classes, gridToFrame).filter(({ label }) => label !== 0),
  };
}

function faceBox(templateToFrame: Affine, frame: Size): Box {
  const corners = boxCorners(FACE_IN_TEMPLATE).map((corner) => applyAffine(templateToFrame, corner));
  return clipBox(boxAround(corners), frame);
}
