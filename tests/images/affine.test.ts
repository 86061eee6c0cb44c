import { InputError } from '@oneface/common/errors/errors';
import {
  type Affine,
  applyAffine,
  composeAffine,
  determinant,
  invertAffine,
  type Point,
  similarityFromPoints,
} from '@oneface/common/images/affine';
import { letterbox } from '@oneface/common/images/alignment';
import test from 'ava';
import fc from 'fast-check';

const coordinate = fc.double({ min: -1000, max: 1000, noNaN: true });
const point = fc.record({ x: coordinate, y: coordinate });
const similarity = fc
  .record({
    scale: fc.double({ min: 0.1, max: 10, noNaN: true }),
    angle: fc.double({ min: -3.1, max: 3.1, noNaN: true }),
    x: coordinate,
    y: coordinate,
  })
  .map(({ scale, angle, x, y }): Affine => {
    const [cos, sin] = [scale * Math.cos(angle), scale * Math.sin(angle)];
    return [cos, -sin, x, sin, cos, y];
  });
const triangle: readonly Point[] = [
  { x: 0, y: 0 },
  { x: 10, y: 1 },
  { x: 4, y: 9 },
];

function near(a: Point, b: Point, tolerance = 1e-6): boolean {
  return Math.abs(a.x - b.x) <= tolerance && Math.abs(a.y - b.y) <= tolerance;
}

test('the similarity between points and their images is the map that made the images', (t) => {
  fc.assert(
    fc.property(similarity, (matrix) => {
      const found = similarityFromPoints(
        triangle,
        triangle.map((corner) => applyAffine(matrix, corner)),
      );
      t.true(found.every((value, index) => Math.abs(value - matrix[index]) < 1e-8));
    }),
  );
});

test('no similarity nearby fits noisy points better than the one found', (t) => {
  const misfit = (matrix: Affine, to: readonly Point[]): number =>
    triangle.reduce((sum, corner, index) => {
      const image = applyAffine(matrix, corner);
      return sum + (image.x - to[index].x) ** 2 + (image.y - to[index].y) ** 2;
    }, 0);
  const nudge = fc.double({ min: -0.1, max: 0.1, noNaN: true });
  fc.assert(
    fc.property(fc.tuple(point, point, point), fc.tuple(nudge, nudge, nudge, nudge), (to, [a, b, x, y]) => {
      const found = similarityFromPoints(triangle, to);
      const other: Affine = [
        found[0] + a,
        found[1] - b,
        found[2] + x,
        found[3] + b,
        found[4] + a,
        found[5] + y,
      ];
      t.true(misfit(found, to) <= misfit(other, to) * (1 + 1e-9));
    }),
  );
});

test('a mirrored figure is not mirrored back: the similarity keeps its orientation', (t) => {
  const mirrored = triangle.map(({ x, y }) => ({ x: -x, y }));
  t.true(determinant(similarityFromPoints(triangle, mirrored)) > 0);
});

test('a matrix and its inverse cancel out, in either order', (t) => {
  fc.assert(
    fc.property(similarity, point, (matrix, start) => {
      const inverse = invertAffine(matrix);
      t.true(near(applyAffine(composeAffine(inverse, matrix), start), start));
      t.true(near(applyAffine(matrix, applyAffine(inverse, start)), start));
    }),
  );
});

test('composing applies the inner matrix first', (t) => {
  fc.assert(
    fc.property(similarity, similarity, point, (outer, inner, start) => {
      const both = applyAffine(composeAffine(outer, inner), start);
      t.true(
        near(
          both,
          applyAffine(outer, applyAffine(inner, start)),
          1e-6 * (1 + Math.abs(both.x) + Math.abs(both.y)),
        ),
      );
    }),
  );
});

test('points that coincide and matrices that flatten are refused', (t) => {
  const same = [triangle[0], triangle[0]];
  t.throws(() => similarityFromPoints(same, same), { instanceOf: InputError });
  t.throws(() => similarityFromPoints(triangle, same), { instanceOf: InputError });
  t.throws(() => invertAffine([1, 2, 0, 2, 4, 0]), { instanceOf: InputError });
});

test('a letterbox shows the whole picture, centred', (t) => {
  const matrix = letterbox({ width: 640, height: 480 }, { width: 128, height: 128 });
  t.deepEqual(applyAffine(matrix, { x: 0, y: 16 }), { x: 0, y: 0 });
  t.deepEqual(applyAffine(matrix, { x: 128, y: 112 }), { x: 640, y: 480 });
});
