import { applyAffine, type Point, scaleAndMove } from '@oneface/common/images/affine';
import { boxAround, boxCorners, clipBox } from '@oneface/common/images/box';
import type { FaceAnalysis, FrameAnalysis } from '@oneface/edge/vision/analyse-frame';
import { FACE_IN_TEMPLATE, PART_CENTRES } from '@oneface/edge/vision/limits';

export const FRAME = { width: 640, height: 480 };

/** What an analysis says of a face whose template of that side is centred there. */
export function faceAt(
  x: number,
  y: number,
  side: number,
  changes: Partial<FaceAnalysis> = {},
): FaceAnalysis {
  const template = scaleAndMove(side, side, x - side / 2, y - side / 2);
  const at = (place: Point) => applyAffine(template, place);
  return {
    box: clipBox(boxAround(boxCorners(FACE_IN_TEMPLATE).map(at)), FRAME),
    landmarks: {
      leftEye: at(PART_CENTRES.leftEye),
      rightEye: at(PART_CENTRES.rightEye),
      mouth: at(PART_CENTRES.mouth),
    },
    roll: 0,
    score: 0.9,
    gridToFrame: scaleAndMove(side / 4, side / 4, x - side / 2, y - side / 2),
    labels: { width: 4, height: 4, data: Uint8Array.from([0, 0, 0, 0, 0, 2, 2, 0, 0, 2, 2, 0, 0, 0, 0, 0]) },
    logits: new Uint8Array(16),
    parts: [],
    ...changes,
  };
}

/** An analysis of a frame of 640x480 with these faces. */
export function analysisOf(faces: readonly FaceAnalysis[]): FrameAnalysis {
  const [first, ...others] = faces;
  if (first === undefined) {
    return { ...FRAME, timings: { find: 2 }, passes: 1, faces: [], reason: 'nothing-found' };
  }
  const timings = { find: 2, segment: 1, measure: 0.5 };
  return { ...FRAME, timings, passes: 1, faces: [first, ...others] };
}
