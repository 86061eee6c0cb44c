import { classSet } from '@oneface/common/classes/class-sets';
import type { NoFaceReason } from '@oneface/common/events/event';
import { type Affine, applyAffine } from '@oneface/common/images/affine';
import { type Box, boxAround, boxCorners, clipBox } from '@oneface/common/images/box';
import type { Size } from '@oneface/common/images/raster';
import { measureParts } from '@oneface/common/masks/parts';
import type { ModelSpec } from '@oneface/common/models/model-spec';
import type { Clock } from '../clock/clock.js';
import type { FaceAnalysis, FrameAnalysis } from './analyse-frame.js';
import { rollOf } from './landmarks.js';
import { FACE_IN_TEMPLATE } from './limits.js';
import type { FoundFace } from './looker.js';

/** What a search ended with. */
export interface SearchResult {
  readonly found: readonly FoundFace[];
  /** How often the segmenter ran. */
  readonly passes: number;
  /** Why there is no face, when there is none. */
  readonly reason: NoFaceReason;
  /** By the monotonic clock. */
  readonly start: number;
}

/** Measures the faces that a search found and puts the surest first. */
export function describeFaces(
  { found, passes, reason, start }: SearchResult,
  frame: Size,
  set: ModelSpec['classSet'],
  clock: Pick<Clock, 'monotonic'>,
): FrameAnalysis {
  const searched = clock.monotonic();
  const { width, height } = frame;
  const classes = classSet(set).classes.length;
  const [best, ...others] = found
    .toSorted((a, b) => b.fit.score - a.fit.score)
    .map((face) => describeFace(face, frame, classes));
  if (best === undefined) {
    return { width, height, timings: { find: searched - start }, passes, faces: [], reason };
  }
  let segment = 0;
  for (const { view } of found) segment += view.milliseconds;
  const timings = { find: searched - start - segment, segment, measure: clock.monotonic() - searched };
  return { width, height, timings, passes, faces: [best, ...others] };
}

function describeFace({ fit, view }: FoundFace, frame: Size, classes: number): FaceAnalysis {
  const { landmarks, templateToFrame, score } = fit;
  const { gridToFrame, labels, logits } = view;
  return {
    box: faceBox(templateToFrame, frame),
    landmarks,
    roll: rollOf(templateToFrame),
    score,
    gridToFrame,
    labels,
    logits,
    parts: measureParts(labels, view.confidence(), classes, gridToFrame).filter(({ label }) => label !== 0),
  };
}

function faceBox(templateToFrame: Affine, frame: Size): Box {
  const corners = boxCorners(FACE_IN_TEMPLATE).map((corner) => applyAffine(templateToFrame, corner));
  return clipBox(boxAround(corners), frame);
}
