import type { NoFaceReason } from '@oneface/common/events/event';
import type { Affine } from '@oneface/common/images/affine';
import type { FaceLandmarks } from '@oneface/common/images/alignment';
import type { Box } from '@oneface/common/images/box';
import type { LabelMap, Raster, Size } from '@oneface/common/images/raster';
import type { PartMeasure } from '@oneface/common/masks/parts';
import type { Segmenter } from '@oneface/common/segmentation/segmenter';
import type { Clock } from '../clock/clock.js';
import { describeFaces } from './describe-faces.js';
import { findFaces } from './find-faces.js';
import { createLooker } from './looker.js';

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
  /** The search, with all passes but those that the faces came from. */
  readonly find: number;
  /** The passes on the aligned crops of the faces; absent without a face. */
  readonly segment?: number;
  /** Measuring the parts of the faces; absent without a face. */
  readonly measure?: number;
}

/** What a frame shows: faces, surest first, or the reason why there is none. */
export type FrameAnalysis = Size & {
  readonly timings: AnalysisTimings;
  /** How often the segmenter ran. */
  readonly passes: number;
} & (
    | { readonly faces: readonly [FaceAnalysis, ...FaceAnalysis[]]; readonly reason?: undefined }
    | { readonly faces: readonly []; readonly reason: NoFaceReason }
  );

/**
 * Finds all faces of a single frame, segments each in an aligned crop and measures its parts. It searches the
 * whole frame; for frames of a camera see `createFrameAnalyser`.
 *
 * @param clock tells how long the stages took
 * @throws InputError when the frame's bytes do not fit its size
 */
export async function analyseFrame(
  segmenter: Segmenter,
  frame: Raster,
  clock: Pick<Clock, 'monotonic'>,
): Promise<FrameAnalysis> {
  const start = clock.monotonic();
  const looker = createLooker(segmenter, clock);
  const { found, reason } = await findFaces(looker, frame);
  const result = { found, reason, passes: looker.passes(), start };
  return describeFaces(result, frame, segmenter.spec.classSet, clock);
}
