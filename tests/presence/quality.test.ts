import { qualityOf } from '@oneface/edge/presence/quality';
import type { FaceAnalysis } from '@oneface/edge/vision/analyse-frame';
import test from 'ava';
import { faceAt } from './faces.js';

const GOOD = faceAt(320, 240, 300, { score: 1 });

/** The face with its mouth moved and its eyes brought closer, as turning aside does. */
function turned({ landmarks, ...face }: FaceAnalysis, eyes: number, mouth: number): FaceAnalysis {
  const middle = (landmarks.leftEye.x + landmarks.rightEye.x) / 2;
  const half = ((landmarks.rightEye.x - landmarks.leftEye.x) / 2) * eyes;
  return {
    ...face,
    landmarks: {
      leftEye: { ...landmarks.leftEye, x: middle - half },
      rightEye: { ...landmarks.rightEye, x: middle + half },
      mouth: { ...landmarks.mouth, x: landmarks.mouth.x + mouth },
    },
  };
}

/** Each is worse than the one before. */
function falls(faces: FaceAnalysis[]): boolean {
  const values = faces.map(qualityOf);
  return values.every(
    (value, index) => value >= 0 && value <= 1 && (index === 0 || value < values[index - 1]),
  );
}

test('a large, sure, upright face in the middle that looks ahead has quality 1', (t) => {
  t.true(Math.abs(qualityOf(GOOD) - 1) < 1e-9);
});

test('a smaller, unsure, rolled, turned or cut off face is worse', (t) => {
  t.true(falls([200, 120, 60].map((side) => faceAt(320, 240, side))));
  t.true(falls([0.9, 0.7, 0.55].map((score) => ({ ...GOOD, score }))));
  t.true(falls([0, 15, -30, 45].map((roll) => ({ ...GOOD, roll }))));
  t.true(falls([1, 0.85, 0.7].map((eyes) => turned(GOOD, eyes, 0))));
  t.true(falls([0, 10, -20].map((mouth) => turned(GOOD, 1, mouth))));
  t.true(falls([100, 60, 20, -20].map((x) => faceAt(x, 240, 250))));
});

test('beyond some size a larger face is no better, so a face in the middle beats one that is cut off', (t) => {
  t.true(Math.abs(qualityOf(faceAt(320, 240, 250)) - qualityOf(faceAt(320, 240, 300))) < 1e-9);
  t.true(qualityOf(faceAt(320, 240, 250)) > qualityOf(faceAt(320, 240, 800)));
});
