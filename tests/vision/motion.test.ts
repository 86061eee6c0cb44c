import { blankRaster, type Raster, RGB } from '@oneface/common/images/raster';
import { LEAST_CHANGE, MOTION_CELLS } from '@oneface/edge/vision/limits';
import { createMotionMap } from '@oneface/edge/vision/motion';
import test from 'ava';
import fc from 'fast-check';

const SIZE = { width: 640, height: 480 };
const EVERYWHERE = { left: 0, top: 0, right: 1, bottom: 1 };

/** A grey frame with a lighter rectangle, given in shares of its sides. */
function frameWith(left: number, top: number, right: number, bottom: number): Raster {
  const { width, height } = SIZE;
  const frame = blankRaster(width, height, [90, 90, 90]);
  for (let y = Math.round(top * height); y < bottom * height; y++) {
    for (let x = Math.round(left * width); x < right * width; x++) {
      frame.data.fill(160, (y * width + x) * RGB, (y * width + x + 1) * RGB);
    }
  }
  return frame;
}

test('nothing moves in a still scene', (t) => {
  const motion = createMotionMap();
  for (let frame = 1; frame <= 5; frame++) motion.observe(frameWith(0.2, 0.2, 0.4, 0.4));
  t.is(motion.changedSince(EVERYWHERE, 1), 0);
});

test('everything is new in the first frame', (t) => {
  const motion = createMotionMap();
  motion.observe(frameWith(0, 0, 0, 0));
  t.is(motion.changedSince(EVERYWHERE, 0), 1);
});

test('what comes into view has moved where it stands, and nowhere else', (t) => {
  const motion = createMotionMap();
  motion.observe(frameWith(0, 0, 0, 0));
  motion.observe(frameWith(0.25, 0.25, 0.5, 0.75));
  t.is(motion.changedSince({ left: 0.25, top: 0.25, right: 0.5, bottom: 0.75 }, 1), 1);
  t.is(motion.changedSince({ left: 0.5, top: 0, right: 1, bottom: 1 }, 1), 0);
  t.is(motion.changedSince(EVERYWHERE, 1), 0.125);
  t.is(motion.changedSince(EVERYWHERE, 2), 0);
});

test('the noise of a camera is no motion', (t) => {
  let state = 1;
  const noise = () => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return (state / 2 ** 31 - 0.5) * 24;
  };
  const motion = createMotionMap();
  for (let frame = 1; frame <= 5; frame++) {
    const still = frameWith(0.2, 0.2, 0.4, 0.4);
    motion.observe({ ...still, data: still.data.map((value) => value + noise()) });
  }
  t.is(motion.changedSince(EVERYWHERE, 1), 0);
});

test('light that changes slowly is noticed once it has changed enough', (t) => {
  const motion = createMotionMap();
  const grey = (level: number) => blankRaster(SIZE.width, SIZE.height, [level, level, level]);
  for (let frame = 1; frame <= LEAST_CHANGE; frame++) motion.observe(grey(100 + frame));
  t.is(motion.changedSince(EVERYWHERE, 1), 0);
  motion.observe(grey(101 + LEAST_CHANGE));
  t.is(motion.changedSince(EVERYWHERE, 1), 1);
});

test('areas past the edge and frames of any size are answered for', (t) => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 90 }),
      fc.integer({ min: 1, max: 90 }),
      fc.double({ min: -1, max: 1, noNaN: true }),
      fc.double({ min: 0, max: 2, noNaN: true }),
      (width, height, start, length) => {
        const motion = createMotionMap();
        motion.observe(blankRaster(width, height, [9, 9, 9]));
        motion.observe(blankRaster(width, height, [200, 200, 200]));
        const area = { left: start, top: start, right: start + length, bottom: start + length };
        t.is(motion.changedSince(area, 1), 1);
      },
    ),
  );
});

test('a cell is smaller than a face that can be judged', (t) => {
  t.true(SIZE.width / MOTION_CELLS < 48);
});
