import type { FaceLandmarks } from '@oneface/common/images/alignment';
import type { FaceAnalysis } from '../vision/analyse-frame.js';

/** What became of the faces that a frame shows, and of those that were found in it. */
export interface Match {
  /** For each face of the frame the mean distance of its landmarks from those found, in eye distances. */
  readonly errors: readonly number[];
  readonly missed: number;
  /** Found where there is no face. */
  readonly wrong: number;
  /** Found once more. */
  readonly repeated: number;
}

/** Mean distance of landmarks, in eye distances, up to which a find is of this face. */
const FARTHEST = 0.5;

/** Pairs what was found with what is there: each find with the nearest face. */
export function matchFaces(truth: readonly FaceLandmarks[], found: readonly FaceAnalysis[]): Match {
  const errors = new Map<FaceLandmarks, number>();
  let wrong = 0;
  let repeated = 0;
  for (const { landmarks } of found) {
    let nearest: FaceLandmarks | undefined;
    let error = FARTHEST;
    for (const face of truth) {
      const distance = meanDistance(face, landmarks);
      if (distance > error) continue;
      error = distance;
      nearest = face;
    }
    if (nearest === undefined) wrong += 1;
    else if (errors.has(nearest)) repeated += 1;
    else errors.set(nearest, error);
  }
  return { errors: [...errors.values()], missed: truth.length - errors.size, wrong, repeated };
}

function meanDistance(face: FaceLandmarks, other: FaceLandmarks): number {
  const between = (a: keyof FaceLandmarks, from: FaceLandmarks, b: keyof FaceLandmarks, to: FaceLandmarks) =>
    Math.hypot(from[a].x - to[b].x, from[a].y - to[b].y);
  const sum = (['leftEye', 'rightEye', 'mouth'] as const)
    .map((name) => between(name, face, name, other))
    .reduce((total, distance) => total + distance);
  return sum / 3 / between('leftEye', face, 'rightEye', face);
}
