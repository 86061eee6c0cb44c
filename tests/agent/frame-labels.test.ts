import { InputError } from '@oneface/common/errors/errors';
import type { Affine } from '@oneface/common/images/affine';
import { frameLabels } from '@oneface/edge/agent/frame-labels';
import type { FaceAnalysis } from '@oneface/edge/vision/analyse-frame';
import test from 'ava';

const GRID = [
  [1, 1, 2, 0],
  [3, 1, 2, 0],
  [3, 3, 3, 0],
];

/** A face whose logits speak for the labels of the grid alone. */
function faceAt(gridToFrame: Affine): FaceAnalysis {
  const [height, width] = [GRID.length, GRID[0].length];
  const labels = Uint8Array.from(GRID.flat());
  const logits = new Uint8Array(4 * labels.length);
  labels.forEach((label, cell) => {
    logits[label * labels.length + cell] = 255;
  });
  const origin = { x: 0, y: 0 };
  return {
    box: { ...origin, width: 1, height: 1 },
    landmarks: { leftEye: origin, rightEye: origin, mouth: origin },
    roll: 0,
    score: 1,
    gridToFrame,
    labels: { width, height, data: labels },
    logits,
    parts: [],
  };
}

test('every pixel of the frame gets the label of the cell that covers it', (t) => {
  const { data } = frameLabels(faceAt([2, 0, 3, 0, 2, 1]), 'face-3', { width: 12, height: 9 });
  for (let y = 0; y < 9; y++) {
    for (let x = 0; x < 12; x++) {
      const wanted = GRID[Math.floor((y - 1) / 2)]?.[Math.floor((x - 3) / 2)] ?? 0;
      t.is(data[y * 12 + x], wanted, `${x}, ${y}`);
    }
  }
});

test('a quarter turn of the grid turns the labels', (t) => {
  const { data } = frameLabels(faceAt([0, -1, 3, 1, 0, 0]), 'face-3', { width: 3, height: 4 });
  t.deepEqual([...data], [3, 3, 1, 3, 1, 1, 3, 2, 2, 0, 0, 0]);
});

test('a grid that lies outside the frame leaves background', (t) => {
  const { data } = frameLabels(faceAt([1, 0, 100, 0, 1, 0]), 'face-3', { width: 5, height: 5 });
  t.true(data.every((label) => label === 0));
});

test('a frame without size is refused', (t) => {
  t.throws(() => frameLabels(faceAt([1, 0, 0, 0, 1, 0]), 'face-3', { width: 0, height: 5 }), {
    instanceOf: InputError,
  });
});
