import { InputError } from '@oneface/common/errors/errors';
import { type Affine, applyAffine } from '@oneface/common/images/affine';
import type { Raster } from '@oneface/common/images/raster';
import type { FaceAnalysis } from '@oneface/edge/vision/analyse-frame';
import { createFrameAnalyser, searchPasses } from '@oneface/edge/vision/frame-analyser';
import { LOST_FRAMES, MOST_CLOSE_LOOKS, PART_CENTRES, ROUND_FRAMES } from '@oneface/edge/vision/limits';
import { scanLevels } from '@oneface/edge/vision/scan';
import test from 'ava';
import fc from 'fast-check';
import { colorSegmenter } from './color-segmenter.js';
import { drawFace, emptyFrame, placement } from './drawn-face.js';

const STILL = { monotonic: () => 0 };
/** Frames in about a second. */
const SECOND = ROUND_FRAMES;
const VIEWS = scanLevels({ width: 320, height: 240 }).flat().length;
const ALONE = searchPasses(VIEWS, false);
const BESIDE = searchPasses(VIEWS, true);

function frameWith(...faces: readonly Affine[]): Raster {
  const frame = emptyFrame(320, 240);
  for (const face of faces) drawFace(frame, face);
  return frame;
}

/** Distance of the found mouth from where it was drawn, in template sides. */
function away({ landmarks }: FaceAnalysis, drawn: Affine): number {
  const { x, y } = applyAffine(drawn, PART_CENTRES.mouth);
  return Math.hypot(landmarks.mouth.x - x, landmarks.mouth.y - y) / Math.hypot(drawn[0], drawn[3]);
}

function analyser() {
  const segmenter = colorSegmenter();
  return { ...createFrameAnalyser(segmenter, STILL), runs: segmenter.runs };
}

test('a face that stands still takes one pass per frame, beside those of the search', async (t) => {
  const { analyse } = analyser();
  const frame = frameWith(placement(160, 120, 150, 10));
  await analyse(frame);
  for (let repeat = 0; repeat < 5; repeat++) {
    const { faces, passes } = await analyse(frame);
    t.is(faces.length, 1);
    t.true(passes <= 1 + BESIDE, `${passes} passes`);
  }
});

test('a face of any size at any place is found within a second', async (t) => {
  const places = fc.record({
    side: fc.integer({ min: 55, max: 260 }),
    roll: fc.integer({ min: -30, max: 30 }),
    across: fc.double({ min: 0, max: 1, noNaN: true }),
    down: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  await fc.assert(
    fc.asyncProperty(places, async ({ side, roll, across, down }) => {
      const edge = side * 0.4;
      const drawn = placement(
        edge + across * Math.max(0, 320 - 2 * edge),
        edge + down * Math.max(0, 240 - 2 * edge),
        side,
        roll,
      );
      const { analyse } = analyser();
      const frame = frameWith(drawn);
      let found = 0;
      for (let repeat = 0; repeat <= SECOND && found === 0; repeat++)
        found = (await analyse(frame)).faces.length;
      t.is(found, 1);
    }),
    { numRuns: 25 },
  );
});

test('a face that comes into a still scene is found within three frames', async (t) => {
  const { analyse } = analyser();
  for (let frame = 0; frame < SECOND; frame++) await analyse(emptyFrame(320, 240));
  const scene = frameWith(placement(230, 150, 80, 0));
  let frames = 0;
  while ((await analyse(scene)).faces.length === 0) frames += 1;
  t.true(frames < 3, `${frames} frames`);
});

test('a face that moves, grows and leans from frame to frame is followed', async (t) => {
  const { analyse } = analyser();
  let misses = 0;
  for (let step = 0; step < 20; step++) {
    const drawn = placement(90 + 8 * step, 110 + 3 * step, 90 * 1.03 ** step, -15 + 1.5 * step);
    const { faces } = await analyse(frameWith(drawn));
    if (step < 3) continue;
    if (faces.length !== 1) misses += 1;
    for (const face of faces) t.true(away(face, drawn) < 0.03);
  }
  t.is(misses, 0);
});

test('a face that jumps by a third of its size is found again in the same frame', async (t) => {
  const { analyse } = analyser();
  await analyse(frameWith(placement(130, 120, 130, 0)));
  const moved = placement(173, 120, 130, 0);
  const { faces } = await analyse(frameWith(moved));
  t.is(faces.length, 1);
  for (const face of faces) t.true(away(face, moved) < 0.03);
});

test('a face that leaves is gone in the same frame, and the reason is given', async (t) => {
  const { analyse } = analyser();
  await analyse(frameWith(placement(160, 120, 150, 0)));
  const { faces } = await analyse(emptyFrame(320, 240));
  t.deepEqual(faces, []);
  for (let frame = 0; frame < SECOND; frame++) await analyse(emptyFrame(320, 240));
  t.is((await analyse(emptyFrame(320, 240))).reason, 'nothing-found');
});

test('a face that is hidden for a moment is found again at once', async (t) => {
  const { analyse } = analyser();
  const frame = frameWith(placement(200, 130, 60, 0));
  for (let repeat = 0; repeat < SECOND; repeat++) await analyse(frame);
  for (let repeat = 1; repeat < LOST_FRAMES; repeat++) await analyse(emptyFrame(320, 240));
  t.is((await analyse(frame)).faces.length, 1);
});

test('two and three faces are all found and followed, and none twice', async (t) => {
  for (const drawn of [
    [placement(80, 120, 120, 0), placement(240, 110, 90, -10)],
    [placement(60, 110, 100, 0), placement(165, 130, 120, 12), placement(270, 100, 80, -8)],
  ]) {
    const { analyse } = analyser();
    const frame = frameWith(...drawn);
    for (let repeat = 0; repeat < SECOND; repeat++) await analyse(frame);
    for (let repeat = 0; repeat < 5; repeat++) {
      const { faces, passes } = await analyse(frame);
      t.is(faces.length, drawn.length);
      for (const face of drawn) t.is(faces.filter((found) => away(found, face) < 0.03).length, 1);
      t.true(passes <= drawn.length + BESIDE + MOST_CLOSE_LOOKS);
    }
  }
});

test('the surest face comes first', async (t) => {
  const { analyse } = analyser();
  const frame = frameWith(placement(80, 120, 60, 0), placement(220, 120, 150, 0));
  for (let repeat = 0; repeat < 2 * SECOND; repeat++) {
    const scores = (await analyse(frame)).faces.map(({ score }) => score);
    t.deepEqual(
      scores,
      scores.toSorted((a, b) => b - a),
    );
  }
});

test('a frame of another size starts over', async (t) => {
  const { analyse } = analyser();
  await analyse(frameWith(placement(160, 120, 150, 0)));
  const large = emptyFrame(640, 480);
  drawFace(large, placement(420, 260, 260, 0));
  let found = 0;
  for (let repeat = 0; repeat <= SECOND && found === 0; repeat++) found = (await analyse(large)).faces.length;
  t.is(found, 1);
});

test('the passes of a frame without a face are bounded and counted', async (t) => {
  const { analyse, runs } = analyser();
  for (let frame = 0; frame < SECOND; frame++) {
    const before = runs();
    const { passes } = await analyse(emptyFrame(320, 240));
    t.is(passes, runs() - before);
    t.true(passes <= ALONE);
  }
  t.true((await analyse(emptyFrame(320, 240))).passes <= Math.ceil(ALONE / 2), 'in a still scene half do');
});

test('a frame whose bytes do not fit its size is refused, and the next one is not', async (t) => {
  const { analyse } = analyser();
  const frame = { ...emptyFrame(320, 240), width: 321 };
  await t.throwsAsync(analyse(frame), { instanceOf: InputError });
  t.is((await analyse(emptyFrame(320, 240))).reason, 'nothing-found');
});
