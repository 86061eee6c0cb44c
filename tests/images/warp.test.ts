import { createHash } from 'node:crypto';
import { InputError } from '@oneface/common/errors/errors';
import { type Affine, applyAffine, IDENTITY } from '@oneface/common/images/affine';
import { letterbox } from '@oneface/common/images/alignment';
import { blankRaster, type Raster } from '@oneface/common/images/raster';
import { resizeRaster, warpRaster } from '@oneface/common/images/warp';
import test from 'ava';
import fc from 'fast-check';

/** A picture whose bytes any machine can compute: smooth waves of integers with some grain. */
function pattern(width: number, height: number): Raster {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      data[at++] = (x * x + 3 * y) >> 4;
      data[at++] = (x * 5 + y * y) >> 3;
      data[at++] = (x * y) >> 2;
    }
  }
  return { width, height, data };
}

/** Bilinear sampling as the textbook writes it, with the edge pixels mirrored. */
function sample({ width, height, data }: Raster, x: number, y: number, channel: number): number {
  const mirror = (index: number, side: number): number => {
    const phase = ((index % (2 * side)) + 2 * side) % (2 * side);
    return phase < side ? phase : 2 * side - 1 - phase;
  };
  const at = (column: number, row: number): number =>
    data[(mirror(row, height) * width + mirror(column, width)) * 3 + channel];
  const left = Math.floor(x - 0.5);
  const top = Math.floor(y - 0.5);
  const [u, v] = [x - 0.5 - left, y - 0.5 - top];
  return (
    (at(left, top) * (1 - u) + at(left + 1, top) * u) * (1 - v) +
    (at(left, top + 1) * (1 - u) + at(left + 1, top + 1) * u) * v
  );
}

const rasters = fc
  .tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 12 }))
  .chain(([width, height]) =>
    fc
      .uint8Array({ minLength: width * height * 3, maxLength: width * height * 3 })
      .map((data): Raster => ({ width, height, data })),
  );
const turns = fc
  .record({
    scale: fc.double({ min: 0.1, max: 1.4, noNaN: true }),
    angle: fc.double({ min: -3.1, max: 3.1, noNaN: true }),
    x: fc.double({ min: -20, max: 20, noNaN: true }),
    y: fc.double({ min: -20, max: 20, noNaN: true }),
  })
  .map(({ scale, angle, x, y }): Affine => {
    const [cos, sin] = [scale * Math.cos(angle), scale * Math.sin(angle)];
    return [cos, -sin, x, sin, cos, y];
  });

test('the identity gives the same bytes', (t) => {
  fc.assert(
    fc.property(rasters, (raster) => {
      t.deepEqual(warpRaster(raster, IDENTITY, raster.width, raster.height), raster);
    }),
  );
});

test('without shrinking, every pixel is the bilinear sample under its centre', (t) => {
  fc.assert(
    fc.property(rasters, turns, (raster, matrix) => {
      const warped = warpRaster(raster, matrix, 7, 5);
      let worst = 0;
      warped.data.forEach((value, index) => {
        const pixel = Math.floor(index / 3);
        const { x, y } = applyAffine(matrix, { x: (pixel % 7) + 0.5, y: Math.floor(pixel / 7) + 0.5 });
        // Weights are cut to 1/256 on both axes: up to one level per axis, and half a level of rounding.
        const exact = sample(raster, x, y, index % 3);
        worst = Math.max(worst, Math.abs(value - exact));
      });
      t.true(worst <= 2.6, `off by ${worst}`);
    }),
  );
});

test('shrinking by a whole factor gives the rounded mean of each block', (t) => {
  fc.assert(
    fc.property(rasters, fc.integer({ min: 2, max: 4 }), (raster, factor) => {
      const { width, height, data } = resizeRaster(
        resizeRaster(raster, raster.width * factor, raster.height * factor),
        raster.width * factor,
        raster.height * factor,
      );
      const shrunk = resizeRaster({ width, height, data }, raster.width, raster.height);
      shrunk.data.forEach((value, index) => {
        const column = Math.floor(index / 3) % raster.width;
        const row = Math.floor(index / 3 / raster.width);
        let sum = 0;
        for (let y = row * factor; y < (row + 1) * factor; y++) {
          for (let x = column * factor; x < (column + 1) * factor; x++) {
            sum += data[(y * width + x) * 3 + (index % 3)];
          }
        }
        t.is(value, Math.floor(sum / factor ** 2 + 0.5));
      });
    }),
    { numRuns: 40 },
  );
});

test('a picture of one colour keeps it through any map', (t) => {
  fc.assert(
    fc.property(turns, fc.double({ min: 0.2, max: 9, noNaN: true }), (matrix, stretch) => {
      const gray = blankRaster(20, 10, [10, 130, 250]);
      const map: Affine = [
        matrix[0] * stretch,
        matrix[1] * stretch,
        matrix[2],
        matrix[3] * stretch,
        matrix[4] * stretch,
        matrix[5],
      ];
      t.deepEqual(warpRaster(gray, map, 9, 9), blankRaster(9, 9, [10, 130, 250]));
      t.deepEqual(warpRaster(gray, map, 9, 9, [10, 130, 250]), blankRaster(9, 9, [10, 130, 250]));
    }),
  );
});

test('outside lies the mirror image, or the colour that was asked for', (t) => {
  const row: Raster = { width: 2, height: 1, data: Uint8Array.of(10, 10, 10, 90, 90, 90) };
  const reds = (raster: Raster): number[] => [...raster.data].filter((_, index) => index % 3 === 0);
  t.deepEqual(reds(warpRaster(row, [1, 0, -2, 0, 1, 0], 6, 1)), [90, 10, 10, 90, 90, 10]);
  t.deepEqual(reds(warpRaster(row, [1, 0, -2, 0, 1, 0], 6, 1, [7, 8, 9])), [7, 7, 10, 90, 7, 7]);
});

test('the bars of a letterbox have the border colour, also where blocks are averaged', (t) => {
  const letterboxed = warpRaster(
    blankRaster(64, 32, [200, 200, 200]),
    letterbox({ width: 64, height: 32 }, { width: 16, height: 16 }),
    16,
    16,
    [1, 2, 3],
  );
  t.deepEqual([...letterboxed.data.subarray(0, 3)], [1, 2, 3]);
  t.deepEqual([...letterboxed.data.subarray(8 * 16 * 3, 8 * 16 * 3 + 3)], [200, 200, 200]);
});

test('the bytes are the same on every machine', (t) => {
  // A turned, shrunk and shifted view that crosses the border; digest taken on x64, equal on arm64.
  const warped = warpRaster(pattern(320, 240), [2.1, -0.7, -30.3, 0.7, 2.1, -11.9], 128, 128);
  t.is(
    createHash('sha256').update(warped.data).digest('hex'),
    'f862d52bd3a06b58dead3918824ea1c455c0fe5f391fccb905f6e67d1d82c711',
  );
});

test('maps and sizes that no warp can take are refused', (t) => {
  const raster = blankRaster(4, 4);
  t.throws(() => warpRaster(raster, [Number.NaN, 0, 0, 0, 1, 0], 4, 4), { instanceOf: InputError });
  t.throws(() => warpRaster(raster, [1e9, 0, 0, 0, 1, 0], 4, 4), { instanceOf: InputError });
  t.throws(() => warpRaster(raster, [1, 0, 1e300, 0, 1, 0], 4, 4), { instanceOf: InputError });
  t.throws(() => warpRaster(raster, IDENTITY, 0, 4), { instanceOf: InputError });
  t.throws(() => warpRaster({ ...raster, width: 5 }, IDENTITY, 4, 4), {
    instanceOf: InputError,
    message: 'Expected 60 bytes (5x4) for the picture to warp but received 48',
  });
});
