import { classSet } from '@oneface/common/classes/class-sets';
import { InputError } from '@oneface/common/errors/errors';
import { type Affine, applyAffine, type Point } from '@oneface/common/images/affine';
import type { Raster } from '@oneface/common/images/raster';
import { analyseFrame, type FaceAnalysis, type FrameAnalysis } from '@oneface/edge/vision/analyse-frame';
import { PART_CENTRES } from '@oneface/edge/vision/limits';
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { colorSegmenter } from './color-segmenter.js';
import { drawFace, emptyFrame, placement } from './drawn-face.js';

const STILL = { monotonic: () => 0 };

function faceOf(t: ExecutionContext, analysis: FrameAnalysis): FaceAnalysis {
  const [face] = analysis.faces;
  if (face === undefined) throw t.fail(`no face: ${analysis.reason}`);
  return face;
}

/** Distance of a found point from where a part of the template was drawn, in template sides. */
function away(found: Point, drawn: Affine, place: Point): number {
  const truth = applyAffine(drawn, place);
  const side = Math.hypot(drawn[0], drawn[3]);
  return Math.hypot(found.x - truth.x, found.y - truth.y) / side;
}

function frameWith(drawn: Affine, without: readonly string[] = []): Raster {
  const frame = emptyFrame(320, 240);
  drawFace(frame, drawn, without);
  return frame;
}

test('a face is found wherever it stands, from an eighth of the frame to most of it, turned up to 30 degrees', async (t) => {
  // A face of an eighth of 240 px is 30 px high: 0.74 of a template side of 41.
  const faces = fc
    .record({
      side: fc.integer({ min: 50, max: 300 }),
      roll: fc.integer({ min: -30, max: 30 }),
      across: fc.double({ min: 0, max: 1, noNaN: true }),
      down: fc.double({ min: 0, max: 1, noNaN: true }),
    })
    .map(({ side, roll, across, down }) => {
      const edge = side * 0.4;
      const x = edge + across * Math.max(0, 320 - 2 * edge);
      const y = edge + down * Math.max(0, 240 - 2 * edge);
      return { drawn: placement(x, y, side, roll), roll };
    });
  await fc.assert(
    fc.asyncProperty(faces, async ({ drawn, roll }) => {
      const analysis = await analyseFrame(colorSegmenter(), frameWith(drawn), STILL);
      const face = faceOf(t, analysis);
      t.true(away(face.landmarks.leftEye, drawn, PART_CENTRES.leftEye) < 0.02);
      t.true(away(face.landmarks.rightEye, drawn, PART_CENTRES.rightEye) < 0.02);
      t.true(away(face.landmarks.mouth, drawn, PART_CENTRES.mouth) < 0.02);
      t.true(Math.abs(face.roll - roll) < 3);
    }),
    { numRuns: 40 },
  );
});

test('the mask grid lies over the face as the template does, and the parts are measured in frame pixels', async (t) => {
  const drawn = placement(180, 110, 100, 20);
  const face = faceOf(t, await analyseFrame(colorSegmenter(), frameWith(drawn), STILL));
  const { width, height } = face.labels;
  for (const corner of [
    { x: 0, y: 0 },
    { x: 1, y: 1 },
  ]) {
    const inFrame = applyAffine(face.gridToFrame, { x: corner.x * width, y: corner.y * height });
    t.true(away(inFrame, drawn, corner) < 0.05);
  }
  const names = face.parts.map(({ label }) => classSet('face-10').classes[label].name);
  t.deepEqual(names, ['skin', 'brow', 'eye', 'nose', 'mouth', 'ear', 'hair', 'neck', 'cloth']);
  const mouth = face.parts[4];
  t.true(away(mouth.centroid, drawn, PART_CENTRES.mouth) < 0.03);
  const area = Math.PI * 0.1 * 0.043 * 100 ** 2;
  t.true(Math.abs(mouth.area - area) < 0.15 * area);
  t.true(mouth.confidence > 0.9);
  t.true(face.score > 0.5 && face.score <= 1);
});

test('the face box holds hairline, chin and cheeks and stays within the frame', async (t) => {
  const drawn = placement(160, 120, 150, 0);
  const { box } = faceOf(t, await analyseFrame(colorSegmenter(), frameWith(drawn), STILL));
  t.true(Math.abs(box.x - (160 - 0.26 * 150)) < 4);
  t.true(Math.abs(box.height - 0.74 * 150) < 4);
  const atEdge = placement(60, 120, 300, 0);
  const cut = faceOf(t, await analyseFrame(colorSegmenter(), frameWith(atEdge), STILL)).box;
  t.true(cut.x >= 0 && cut.y >= 0 && cut.x + cut.width <= 320 && cut.y + cut.height <= 240);
});

test('what the crop shows past the edge of the frame is no part of the face', async (t) => {
  const face = faceOf(t, await analyseFrame(colorSegmenter(), frameWith(placement(60, 120, 200, 0)), STILL));
  const { width, height, data } = face.labels;
  data.forEach((label, cell) => {
    const centre = { x: (cell % width) + 0.5, y: Math.floor(cell / width) + 0.5 };
    const { x, y } = applyAffine(face.gridToFrame, centre);
    if (x < 0 || y < 0 || x >= 320 || y >= 240) t.is(label, 0);
  });
  t.true(applyAffine(face.gridToFrame, { x: 0, y: height / 2 }).x < 0);
});

test('an empty frame has nothing in it', async (t) => {
  const segmenter = colorSegmenter();
  const analysis = await analyseFrame(segmenter, emptyFrame(320, 240), STILL);
  t.is(analysis.reason, 'nothing-found');
  t.deepEqual(analysis.faces, []);
  t.is(analysis.passes, segmenter.runs());
});

test('a face without eyes has no landmarks', async (t) => {
  const frame = frameWith(placement(160, 120, 160, 0), ['eye']);
  t.is((await analyseFrame(colorSegmenter(), frame, STILL)).reason, 'no-landmarks');
});

test('a face with a hidden mouth is found by the rest, and its mouth is put where a face has it', async (t) => {
  const drawn = placement(160, 120, 160, 10);
  const face = faceOf(t, await analyseFrame(colorSegmenter(), frameWith(drawn, ['mouth']), STILL));
  t.true(away(face.landmarks.mouth, drawn, PART_CENTRES.mouth) < 0.04);
});

test('a face upside down has no landmarks', async (t) => {
  const frame = frameWith(placement(160, 120, 160, 180));
  t.is((await analyseFrame(colorSegmenter(), frame, STILL)).reason, 'no-landmarks');
});

test('a face of a few pixels is too small', async (t) => {
  const frame = frameWith(placement(160, 120, 22, 0));
  t.is((await analyseFrame(colorSegmenter(), frame, STILL)).reason, 'too-small');
});

test('a face is found although one label in ten is wrong', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 2 ** 31 - 1 }), async (seed) => {
      const drawn = placement(170, 110, 150, -12);
      const exact = colorSegmenter();
      let state = seed;
      const random = (): number => {
        state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
        return state / 2 ** 31;
      };
      const segment = async (pixels: Uint8Array) => {
        const { labels, logits } = await exact.segment(pixels);
        return {
          labels: labels.map((label) => (random() < 0.1 ? Math.floor(random() * 10) : label)),
          logits,
        };
      };
      const face = faceOf(t, await analyseFrame({ spec: exact.spec, segment }, frameWith(drawn), STILL));
      t.true(away(face.landmarks.leftEye, drawn, PART_CENTRES.leftEye) < 0.04);
      t.true(away(face.landmarks.mouth, drawn, PART_CENTRES.mouth) < 0.04);
    }),
    { numRuns: 20 },
  );
});

test('whatever the frame shows, the passes are bounded and a reason or a face comes back', async (t) => {
  const { classes } = classSet('face-10');
  const scraps = fc.array(
    fc.record({
      x: fc.integer({ min: 0, max: 300 }),
      y: fc.integer({ min: 0, max: 220 }),
      side: fc.integer({ min: 1, max: 60 }),
      label: fc.integer({ min: 0, max: classes.length - 1 }),
    }),
    { maxLength: 60 },
  );
  await fc.assert(
    fc.asyncProperty(scraps, async (squares) => {
      const frame = emptyFrame(320, 240);
      for (const { x, y, side, label } of squares) {
        for (let row = y; row < Math.min(240, y + side); row++) {
          for (let column = x; column < Math.min(320, x + side); column++) {
            frame.data.set(classes[label].color, (row * 320 + column) * 3);
          }
        }
      }
      const segmenter = colorSegmenter();
      const analysis = await analyseFrame(segmenter, frame, STILL);
      t.is(analysis.passes, segmenter.runs());
      t.true(analysis.passes < 300);
      t.is(analysis.faces.length === 0, analysis.reason !== undefined);
    }),
    { numRuns: 10 },
  );
});

test('the three classes of face-3 and an input that is not square are enough', async (t) => {
  const drawn = placement(150, 120, 120, -15);
  const frame = frameWith(drawn, ['brow', 'skin', 'ear', 'hair', 'neck', 'cloth']);
  const face = faceOf(
    t,
    await analyseFrame(colorSegmenter('face-3', { width: 160, height: 128 }), frame, STILL),
  );
  t.true(away(face.landmarks.mouth, drawn, PART_CENTRES.mouth) < 0.02);
  t.deepEqual(
    face.parts.map(({ label }) => label),
    [1, 2, 3],
  );
  t.deepEqual([face.labels.width, face.labels.height], [80, 64]);
});

test('the stages are timed by the clock that was given', async (t) => {
  let ticks = 0;
  const clock = { monotonic: () => ticks++ };
  const { timings, passes } = await analyseFrame(
    colorSegmenter(),
    frameWith(placement(160, 120, 160, 0)),
    clock,
  );
  t.is(timings.segment, 1);
  t.is(timings.measure, 1);
  // Every pass reads the clock twice, between the readings at start and end; the last pass counts apart.
  t.is(timings.find, 2 * passes);
});

test('a frame whose bytes do not fit its size is refused', async (t) => {
  const frame = { ...emptyFrame(320, 240), width: 321 };
  await t.throwsAsync(analyseFrame(colorSegmenter(), frame, STILL), { instanceOf: InputError });
});
