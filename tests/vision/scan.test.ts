import type { Affine, Point } from '@oneface/common/images/affine';
import { SCAN_STRIDE } from '@oneface/edge/vision/limits';
import { scanLevels } from '@oneface/edge/vision/scan';
import test from 'ava';
import fc from 'fast-check';

function middle([side, , left, , , top]: Affine): Point {
  return { x: left + side / 2, y: top + side / 2 };
}

test('the first view shows the whole frame', (t) => {
  t.deepEqual(scanLevels({ width: 640, height: 480 })[0], [[640, 0, 0, 0, 640, -80]]);
});

test('at every level each place of the frame lies near the middle of a view, as far as the edge allows', (t) => {
  const sides = fc.integer({ min: 64, max: 2000 });
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(sides, sides, share, share, (width, height, across, down) => {
      for (const level of scanLevels({ width, height })) {
        const side = level[0][0];
        const inner = (length: number, place: number): number =>
          length <= side ? length / 2 : side / 2 + place * (length - side);
        const place = { x: inner(width, across), y: inner(height, down) };
        const near = level.some((view) => {
          const { x, y } = middle(view);
          const reach = (SCAN_STRIDE / 2 + 1e-9) * side;
          return Math.abs(x - place.x) <= reach && Math.abs(y - place.y) <= reach;
        });
        t.true(near);
      }
    }),
    { numRuns: 50 },
  );
});
