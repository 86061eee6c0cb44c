import { blankRaster, type Raster, RGB } from '@oneface/common/images/raster';
import { scanLevels } from '@oneface/edge/vision/scan';
import { createSearchPlan } from '@oneface/edge/vision/search-plan';
import test from 'ava';

const SIZE = { width: 640, height: 480 };

/** A frame whose right lower quarter is of the given grey. */
function frameWith(corner: number): Raster {
  const { width, height } = SIZE;
  const frame = blankRaster(width, height, [50, 50, 50]);
  for (let y = height / 2; y < height; y++) {
    frame.data.fill(corner, (y * width + width / 2) * RGB, (y + 1) * width * RGB);
  }
  return frame;
}

test('every view has its turn before any has a second', (t) => {
  const plan = createSearchPlan(SIZE);
  t.is(plan.views.length, scanLevels(SIZE).flat().length);
  plan.observe(frameWith(50));
  const order = plan.views.map(() => plan.next());
  t.deepEqual(
    order,
    plan.views.map((_, index) => index),
  );
  t.is(plan.next(), 0);
});

test('the views in which something moved are told apart, each once', (t) => {
  const plan = createSearchPlan(SIZE);
  plan.observe(frameWith(50));
  for (const _ of plan.views) plan.next();
  t.is(plan.nextMoved(), undefined);
  plan.observe(frameWith(200));
  const moved = new Set<number>();
  for (let at = plan.nextMoved(); at !== undefined; at = plan.nextMoved()) {
    t.false(moved.has(at));
    moved.add(at);
  }
  for (const [index, [side, , left, , , top]] of plan.views.entries()) {
    if (left >= SIZE.width / 2 && top >= SIZE.height / 2) t.true(moved.has(index));
    if (left + side <= SIZE.width / 2 || top + side <= SIZE.height / 2) t.false(moved.has(index));
  }
});

test('a view looked at because something moved there goes to the end of the queue', (t) => {
  const plan = createSearchPlan(SIZE);
  plan.observe(frameWith(50));
  for (const _ of plan.views) plan.next();
  plan.observe(frameWith(200));
  const moved = plan.nextMoved();
  const order = plan.views.map(() => plan.next());
  t.is(order.at(-1), moved);
});
