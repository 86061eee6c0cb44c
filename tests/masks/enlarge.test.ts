import { InputError } from '@oneface/common/errors/errors';
import { enlargeLabels } from '@oneface/common/masks/enlarge';
import test from 'ava';
import fc from 'fast-check';

/** Bilinear interpolation as the textbook writes it: half-pixel centres, edges repeated. */
function interpolate(plane: ArrayLike<number>, width: number, height: number, x: number, y: number): number {
  const at = (column: number, row: number): number =>
    plane[Math.min(height - 1, Math.max(0, row)) * width + Math.min(width - 1, Math.max(0, column))];
  const left = Math.floor(x);
  const top = Math.floor(y);
  const above = at(left, top) * (left + 1 - x) + at(left + 1, top) * (x - left);
  const below = at(left, top + 1) * (left + 1 - x) + at(left + 1, top + 1) * (x - left);
  return above * (top + 1 - y) + below * (y - top);
}

const cases = fc
  .record({
    classes: fc.integer({ min: 1, max: 5 }),
    width: fc.integer({ min: 1, max: 9 }),
    height: fc.integer({ min: 1, max: 9 }),
    outWidth: fc.integer({ min: 1, max: 40 }),
    outHeight: fc.integer({ min: 1, max: 40 }),
  })
  .chain((sizes) => {
    const length = sizes.classes * sizes.width * sizes.height;
    return fc.tuple(fc.constant(sizes), fc.uint8Array({ minLength: length, maxLength: length }));
  });

test('every enlarged label has the highest interpolated logit, to the precision of the weights', (t) => {
  fc.assert(
    fc.property(cases, ([{ classes, width, height, outWidth, outHeight }, logits]) => {
      const labels = enlargeLabels(logits, classes, width, height, outWidth, outHeight);
      let worst = 0;
      for (let y = 0; y < outHeight; y++) {
        for (let x = 0; x < outWidth; x++) {
          const values = Array.from({ length: classes }, (_, label) =>
            interpolate(
              logits.subarray(label * width * height),
              width,
              height,
              ((x + 0.5) * width) / outWidth - 0.5,
              ((y + 0.5) * height) / outHeight - 0.5,
            ),
          );
          const chosen = values[labels.data[y * outWidth + x]];
          // Each weight is rounded to 1/4096 at most, on a range of 255, on both axes and both classes.
          worst = Math.max(worst, Math.max(...values) - chosen);
        }
      }
      t.true(worst <= 0.25, `short of the best by ${worst}`);
    }),
    { numRuns: 60 },
  );
});

test('quantised and real logits with the same values give the same labels', (t) => {
  fc.assert(
    fc.property(cases, ([{ classes, width, height, outWidth, outHeight }, logits]) => {
      const sizes = [classes, width, height, outWidth, outHeight] as const;
      t.deepEqual(enlargeLabels(Float32Array.from(logits), ...sizes), enlargeLabels(logits, ...sizes));
    }),
    { numRuns: 60 },
  );
});

test('the same size gives the plain argmax, ties to the lowest label', (t) => {
  const logits = Uint8Array.of(5, 9, 0, 5, 2, 0, 5, 9, 1);
  t.deepEqual([...enlargeLabels(logits, 3, 3, 1, 3, 1).data], [0, 0, 2]);
});

test('two cells side by side split the enlarged row in the middle', (t) => {
  const logits = Uint8Array.of(200, 100, 100, 200);
  t.deepEqual([...enlargeLabels(logits, 2, 2, 1, 8, 1).data], [0, 0, 0, 0, 1, 1, 1, 1]);
});

test('logits that do not fit their size are refused', (t) => {
  t.throws(() => enlargeLabels(new Uint8Array(7), 2, 2, 2, 4, 4), {
    instanceOf: InputError,
    message: 'Expected 2 x 4 values for the logits but received 7',
  });
  t.throws(() => enlargeLabels(new Uint8Array(8), 2, 2, 2, 0, 4), { instanceOf: InputError });
});
