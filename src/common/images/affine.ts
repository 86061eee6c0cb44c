import { expected } from '../errors/errors.js';

/** A point in pixels, x to the right and y downwards. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A 2x3 matrix, row by row: x' = m[0] x + m[1] y + m[2] and y' = m[3] x + m[4] y + m[5]. */
export type Affine = readonly [number, number, number, number, number, number];

export const IDENTITY: Affine = [1, 0, 0, 0, 1, 0];

/** Where the matrix takes a point. */
export function applyAffine(matrix: Affine, { x, y }: Point): Point {
  const [a, b, c, d, e, f] = matrix;
  return { x: a * x + b * y + c, y: d * x + e * y + f };
}

/** The matrix that applies `inner` first and `outer` after it. */
export function composeAffine(outer: Affine, inner: Affine): Affine {
  const [a, b, c, d, e, f] = outer;
  const [g, h, i, j, k, l] = inner;
  return [a * g + b * j, a * h + b * k, a * i + b * l + c, d * g + e * j, d * h + e * k, d * i + e * l + f];
}

/** How many square units one square unit becomes; negative where the matrix mirrors. */
export function determinant([a, b, , d, e]: Affine): number {
  return a * e - b * d;
}

/**
 * The matrix that undoes `matrix`.
 *
 * @throws InputError when the matrix flattens the plane or holds a number that is not finite
 */
export function invertAffine(matrix: Affine): Affine {
  const [a, b, c, d, e, f] = matrix;
  const scale = 1 / determinant(matrix);
  if (!Number.isFinite(scale) || scale === 0) throw expected('an invertible matrix', 'an affine map', matrix);
  return [e * scale, -b * scale, (b * f - c * e) * scale, -d * scale, a * scale, (c * d - a * f) * scale];
}

/** The matrix that scales about the origin, then moves. */
export function scaleAndMove(scaleX: number, scaleY: number, moveX: number, moveY: number): Affine {
  return [scaleX, 0, moveX, 0, scaleY, moveY];
}

/**
 * The similarity (scale, rotation, shift; no reflection) that takes `from` to `to` with the least sum of
 * squared distances: Umeyama 1991, "Least-squares estimation of transformation parameters between two point
 * patterns", which in two dimensions is linear in (scale cos, scale sin). Only +, -, x and / are used, so
 * every machine computes the same bits.
 *
 * @throws InputError unless there are two or more pairs and `from` holds two different points
 */
export function similarityFromPoints(from: readonly Point[], to: readonly Point[]): Affine {
  if (from.length < 2 || from.length !== to.length) {
    throw expected('two or more pairs of points', 'a similarity', `${from.length} and ${to.length} points`);
  }
  const centre = mean(from);
  const target = mean(to);
  let spread = 0;
  let along = 0;
  let across = 0;
  from.forEach((point, i) => {
    const x = point.x - centre.x;
    const y = point.y - centre.y;
    const u = to[i].x - target.x;
    const v = to[i].y - target.y;
    spread += x * x + y * y;
    along += x * u + y * v;
    across += x * v - y * u;
  });
  if (!(spread > 0 && Number.isFinite(spread))) throw expected('distinct points', 'a similarity', from);
  const cos = along / spread;
  const sin = across / spread;
  return [
    cos,
    -sin,
    target.x - cos * centre.x + sin * centre.y,
    sin,
    cos,
    target.y - sin * centre.x - cos * centre.y,
  ];
}

function mean(points: readonly Point[]): Point {
  let x = 0;
  let y = 0;
  for (const point of points) {
    x += point.x;
    y += point.y;
  }
  return { x: x / points.length, y: y / points.length };
}
