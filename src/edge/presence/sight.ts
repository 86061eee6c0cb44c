import type { Size } from '@oneface/common/images/raster';
import type { FrameFacts } from '../capture/frame-facts.js';
import type { AnalysisTimings, FaceAnalysis, FrameAnalysis } from '../vision/analyse-frame.js';

/** What is kept of a face: a few kilobytes. The logits are ten times as large and no event shows them. */
export type FaceShape = Omit<FaceAnalysis, 'logits'>;

/** One face in one frame, with all that an event says of it. */
export interface Sight {
  readonly facts: FrameFacts;
  readonly frame: Size & { readonly faces: number };
  readonly timings: AnalysisTimings;
  readonly face: FaceShape;
}

/** The faces of a frame, one sight each, in the order of the analysis. */
export function sightsOf(facts: FrameFacts, analysis: FrameAnalysis): Sight[] {
  const { width, height, timings, faces } = analysis;
  const frame = { width, height, faces: faces.length };
  return faces.map(({ logits: _, ...face }) => ({ facts, frame, timings, face }));
}
