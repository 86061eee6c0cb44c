import type { Raster } from '@oneface/common/images/raster';
import { matchFaces } from '@oneface/edge/bench/vision-match';
import { loadBundle } from '@oneface/edge/bundles/load-bundle';
import { analyseFrame, type FaceAnalysis } from '@oneface/edge/vision/analyse-frame';
import { createFrameAnalyser } from '@oneface/edge/vision/frame-analyser';
import { PART_CENTRES, ROUND_FRAMES } from '@oneface/edge/vision/limits';
import { readAnnotations } from '@oneface/trainer/annotations/annotation-set';
import test from 'ava';
import { projectFile } from '../support/paths.js';
import { composeScene, type Placed } from './scenes/compose-scene.js';
import { putOnGlasses, putOnMask, putOnPaper, putOnSunglasses } from './scenes/disguises.js';
import { scenePerson } from './scenes/scene-person.js';

const STILL = { monotonic: () => 0 };
const VGA = { width: 640, height: 480 };
const LARGE = { width: 1280, height: 960 };
const UXGA = { width: 1600, height: 1200 };

const { segmenter } = await loadBundle(
  projectFile('models/face-parts/face.oneface'),
  [projectFile('models/face-parts/signing.public.pem')],
  { threads: 1 },
);
const { samples } = await readAnnotations(projectFile('models/labels'), 1);
const [person] = samples.map(({ name, picture, mask }) => scenePerson(name, picture, mask));
test.after.always(() => segmenter.close());

function at(x: number, y: number, faceHeight: number, roll = 0): Placed {
  return { person, x, y, faceHeight, roll };
}

/** What an analyser knows once every view has had its turn. */
async function watched(picture: Raster): Promise<readonly FaceAnalysis[]> {
  const analyser = createFrameAnalyser(segmenter, STILL);
  let faces: readonly FaceAnalysis[] = [];
  for (let frame = 0; frame < ROUND_FRAMES; frame++) ({ faces } = await analyser.analyse(picture));
  return faces;
}

for (const [name, size, people] of [
  ['80 px high in 640x480', VGA, [at(450, 300, 80)]],
  ['400 px high in 640x480', VGA, [at(300, 240, 400)]],
  ['80 px high in 1280x960', LARGE, [at(900, 400, 80)]],
  ['800 px high in 1280x960', LARGE, [at(640, 480, 800)]],
  ['200 px high in 1600x1200', UXGA, [at(1200, 500, 200)]],
  ['tilted 30 degrees clockwise', VGA, [at(250, 200, 160, 30)]],
  ['tilted 30 degrees anticlockwise', VGA, [at(400, 260, 160, -30)]],
  ['a third of it out of view at the left', VGA, [at(30, 240, 240)]],
  ['a third of it out of view at the right', VGA, [at(610, 240, 240)]],
  ['without its forehead', VGA, [at(320, 72, 240)]],
  ['without its chin', VGA, [at(320, 420, 240)]],
  ['with a smaller one beside it', VGA, [at(180, 220, 160), at(470, 180, 100, -8)]],
  ['with two others', VGA, [at(110, 200, 100), at(320, 260, 140, 10), at(530, 180, 120, -5)]],
] as const) {
  test(`a face ${name} is found by a full search and by watching for a second, and none twice`, async (t) => {
    const { picture, faces } = await composeScene(size, people, 7);
    const found = [(await analyseFrame(segmenter, picture, STILL)).faces, await watched(picture)];
    for (const finds of found) {
      const { errors, missed, wrong, repeated } = matchFaces(faces, finds);
      t.deepEqual({ missed, wrong, repeated }, { missed: 0, wrong: 0, repeated: 0 });
      for (const error of errors) t.true(error < 0.2, `${error} eye distances`);
    }
  });
}

for (const [name, change] of [
  ['a face with glasses is found', putOnGlasses],
  ['a face with black glasses is found', putOnSunglasses],
  ['a printed photo is a face like any other: that it is alive is not claimed', putOnPaper],
] as const) {
  test(name, async (t) => {
    const people = [at(250, 220, 160)];
    const { picture, faces } = await composeScene(VGA, people, 7);
    const changed = change(picture, people);
    t.is(matchFaces(faces, (await analyseFrame(segmenter, changed, STILL)).faces).missed, 0);
    t.is(matchFaces(faces, await watched(changed)).missed, 0);
  });
}

test('a face behind a mask is found by its eyes, is less sure, and has its mouth where a face has it', async (t) => {
  const people = [at(300, 220, 200)];
  const { picture, faces } = await composeScene(VGA, people, 7);
  const [open] = (await analyseFrame(segmenter, picture, STILL)).faces;
  const { faces: found } = await analyseFrame(segmenter, putOnMask(picture, people), STILL);
  const { missed, wrong, errors } = matchFaces(faces, found);
  t.deepEqual({ missed, wrong }, { missed: 0, wrong: 0 });
  t.true(errors[0] < 0.3);
  t.true(found[0] !== undefined && open !== undefined && found[0].score < open.score - 0.1);
});

test('a room without anybody in it holds nothing', async (t) => {
  for (let seed = 0; seed < 2; seed++) {
    const { picture } = await composeScene(VGA, [], seed);
    const { faces, reason } = await analyseFrame(segmenter, picture, STILL);
    t.deepEqual(faces, []);
    t.truthy(reason);
    t.deepEqual(await watched(picture), []);
  }
});

test('a body whose head is out of view is no face', async (t) => {
  const { picture } = await composeScene(VGA, [at(320, -160, 300)], 7);
  t.deepEqual((await analyseFrame(segmenter, picture, STILL)).faces, []);
});

test('the parts of a face are those of the person, measured in pixels of the frame', async (t) => {
  const { picture, faces } = await composeScene(VGA, [at(320, 230, 240)], 7);
  const [face] = (await analyseFrame(segmenter, picture, STILL)).faces;
  const names = face?.parts.map(({ label }) => label);
  t.deepEqual(names, [1, 2, 3, 4, 5, 6, 7, 8, 9]);
  const side = (240 / 0.74) * (PART_CENTRES.rightEye.x - PART_CENTRES.leftEye.x);
  const [truth] = faces;
  const mouth = face?.parts[4].centroid;
  t.true(mouth !== undefined && Math.hypot(mouth.x - truth.mouth.x, mouth.y - truth.mouth.y) < side * 0.2);
});
