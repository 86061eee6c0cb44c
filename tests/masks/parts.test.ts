import { type Affine, applyAffine, IDENTITY } from '@oneface/common/images/affine';
import { measureParts } from '@oneface/common/masks/parts';
import { warpLabels } from '@oneface/common/masks/warp-labels';
import test from 'ava';
import fc from 'fast-check';

const MAP = { width: 4, height: 2, data: Uint8Array.of(0, 1, 1, 0, 0, 1, 255, 2) };
const CONFIDENCE = Float32Array.of(0.5, 1, 0.5, 0.5, 0.5, 0.75, 1, 0.25);

test('parts are measured in pixels of the frame', (t) => {
  const parts = measureParts(MAP, CONFIDENCE, 3, [2, 0, 10, 0, 2, 20]);
  t.deepEqual(
    parts.map(({ label }) => label),
    [0, 1, 2],
  );
  t.deepEqual(parts[1], {
    label: 1,
    area: 12,
    box: { x: 12, y: 20, width: 4, height: 4 },
    centroid: { x: 10 + (2 * 5.5) / 3, y: 20 + (2 * 2.5) / 3 },
    confidence: 0.75,
  });
});

test('a part that is absent is left out, and labels past the classes are not parts', (t) => {
  const parts = measureParts(
    { width: 2, height: 1, data: Uint8Array.of(2, 255) },
    Float32Array.of(1, 1),
    4,
    IDENTITY,
  );
  t.deepEqual(
    parts.map(({ label }) => label),
    [2],
  );
});

test('the box of a turned part is the smallest upright box around its pixels', (t) => {
  const entry = fc.double({ min: -3, max: 3, noNaN: true });
  const matrices: fc.Arbitrary<Affine> = fc.tuple(entry, entry, entry, entry, entry, entry);
  fc.assert(
    fc.property(matrices, (matrix) => {
      const [, part] = measureParts(MAP, CONFIDENCE, 3, matrix);
      const corners = [1, 2, 5].flatMap((pixel) =>
        [0, 1].flatMap((dx) =>
          [0, 1].map((dy) => applyAffine(matrix, { x: (pixel % 4) + dx, y: Math.floor(pixel / 4) + dy })),
        ),
      );
      const left = Math.min(...corners.map(({ x }) => x));
      const bottom = Math.max(...corners.map(({ y }) => y));
      t.true(Math.abs(part.box.x - left) < 1e-9);
      t.true(Math.abs(part.box.y + part.box.height - bottom) < 1e-9);
    }),
  );
});

test('a label map is carried into a frame, with background where it does not reach', (t) => {
  const warped = warpLabels(MAP, [0.5, 0, -1, 0, 0.5, 0], 8, 3);
  t.deepEqual([...warped.data], [0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 255, 255]);
});
