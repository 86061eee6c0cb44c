import { applyAffine, determinant } from '@oneface/common/images/affine';
import { blankRaster, type Raster, RGB } from '@oneface/common/images/raster';
import { scanLevels } from '@oneface/edge/vision/scan';
import { createSearchPlan } from '@oneface/edge/vision/search-plan';
import test from 'ava';

const SIZE = { width: 640, height: 480 };
const VIEWS = scanLevels(SIZE).flat();

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
  t.is(plan.size, VIEWS.length);
  plan.observe(frameWith(50));
  const order = VIEWS.map(() => plan.next().index);
  t.deepEqual(order, [...VIEWS.keys()]);
  t.is(plan.next().index, 0);
});

test('the views in which something moved are told apart, each once', (t) => {
  const plan = createSearchPlan(SIZE);
  plan.observe(frameWith(50));
  for (const _ of VIEWS) plan.next();
  t.is(plan.nextMoved(), undefined);
  plan.observe(frameWith(200));
  const moved = new Set<number>();
  for (let at = plan.nextMoved(); at !== undefined; at = plan.nextMoved()) {
    t.false(moved.has(at.index));
    moved.add(at.index);
  }
  for (const [index, [side, , left, , , top]] of VIEWS.entries()) {
    if (left >= SIZE.width / 2 && top >= SIZE.height / 2) t.true(moved.has(index));
    if (left + side <= SIZE.width / 2 || top + side <= SIZE.height / 2) t.false(moved.has(index));
  }
});

test('a view looked at because something moved there goes to the end of the queue', (t) => {
  const plan = createSearchPlan(SIZE);
  plan.observe(frameWith(50));
  for (const _ of VIEWS) plan.next();
  plan.observe(frameWith(200));
  const moved = plan.nextMoved();
  const order = VIEWS.map(() => plan.next().index);
  t.is(order.at(-1), moved?.index);
});

test('a view is upright every other time, and in between turned to either side', (t) => {
  const plan = createSearchPlan(SIZE);
  plan.observe(frameWith(50));
  const rolls = Array.from({ length: 4 * VIEWS.length }, () => plan.next())
    .filter(({ index }) => index === 3)
    .map(({ unitToFrame: [cos, , , sin] }) => Math.round((Math.atan2(sin, cos) * 180) / Math.PI));
  t.deepEqual(rolls, [0, 20, 0, -20]);
  const [side, , left, , , top] = VIEWS[3];
  const middle = { x: left + side / 2, y: top + side / 2 };
  for (let look = 0; look < 4 * VIEWS.length; look++) {
    const { index, unitToFrame } = plan.next();
    if (index !== 3) continue;
    const { x, y } = applyAffine(unitToFrame, { x: 0.5, y: 0.5 });
    t.true(Math.hypot(x - middle.x, y - middle.y) < 1e-9);
    t.true(Math.abs(determinant(unitToFrame) - side * side) < 1e-6 * side * side);
  }
});
