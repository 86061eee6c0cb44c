import { averageBlocks } from '@oneface/common/images/block-averages';
import { blankRaster, type Raster, RGB } from '@oneface/common/images/raster';
import test from 'ava';
import fc from 'fast-check';

const OUTSIDE = [7, 99, 250];

/** A picture whose bytes all differ from their neighbours. */
function picture(width: number, height: number): Raster {
  const raster = blankRaster(width, height);
  for (let at = 0; at < raster.data.length; at++) raster.data[at] = (at * 7919) >> 3;
  return raster;
}

/** Indices as a warp makes them: mirrored at the edges, or none there. */
function indices(side: number, first: number, count: number, isMirrored: boolean): Int32Array {
  return Int32Array.from({ length: count }, (_, i) => {
    const phase = (((first + i) % (2 * side)) + 2 * side) % (2 * side);
    if (isMirrored) return phase < side ? phase : 2 * side - 1 - phase;
    return first + i >= 0 && first + i < side ? first + i : -1;
  });
}

test('every block is the rounded mean of its pixels, whatever lies at its edges', (t) => {
  const side = fc.integer({ min: 1, max: 12 });
  const block = fc.integer({ min: 1, max: 4 });
  const first = fc.integer({ min: -15, max: 15 });
  const blocks = fc.integer({ min: 1, max: 9 });
  fc.assert(
    fc.property(
      fc.record({ width: side, height: side, blockWidth: block, blockHeight: block }),
      fc.record({ left: first, top: first, across: blocks, down: blocks, isMirrored: fc.boolean() }),
      ({ width, height, blockWidth, blockHeight }, { left, top, across, down, isMirrored }) => {
        const source = picture(width, height);
        const columns = indices(width, left, across * blockWidth, isMirrored);
        const rows = indices(height, top, down * blockHeight, isMirrored);
        const averages = averageBlocks(source, { columns, rows, blockWidth, blockHeight, outside: OUTSIDE });
        t.is(averages.length, across * down * RGB);
        averages.forEach((average, at) => {
          const [x, y] = [Math.floor(at / RGB) % across, Math.floor(at / RGB / across)];
          let sum = (blockWidth * blockHeight) >> 1;
          for (const row of rows.subarray(y * blockHeight, (y + 1) * blockHeight)) {
            for (const column of columns.subarray(x * blockWidth, (x + 1) * blockWidth)) {
              const isInside = row >= 0 && column >= 0;
              sum += isInside ? source.data[(row * width + column) * RGB + (at % RGB)] : OUTSIDE[at % RGB];
            }
          }
          t.is(average, Math.floor(sum / (blockWidth * blockHeight)));
        });
      },
    ),
  );
});
