import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { classSet } from '@oneface/common/classes/class-sets';
import { InputError } from '@oneface/common/errors/errors';
import { type Affine, applyAffine } from '@oneface/common/images/affine';
import type { FaceLandmarks } from '@oneface/common/images/alignment';
import { encodeIndexPng } from '@oneface/common/images/index-png';
import type { Raster } from '@oneface/common/images/raster';
import { visionFigures } from '@oneface/edge/bench/vision';
import { visionCommand } from '@oneface/edge/bench/vision-command';
import { matchFaces } from '@oneface/edge/bench/vision-match';
import { type BenchFrame, readBenchFrames } from '@oneface/edge/bench/vision-scenes';
import { visionTable } from '@oneface/edge/bench/vision-table';
import { analyseFrame } from '@oneface/edge/vision/analyse-frame';
import { PART_CENTRES } from '@oneface/edge/vision/limits';
import test from 'ava';
import sharp from 'sharp';
import { projectFile } from '../support/paths.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { colorSegmenter } from './color-segmenter.js';
import { colorOf, drawFace, emptyFrame, placement } from './drawn-face.js';

const STILL = { monotonic: () => 0 };
const { classes } = classSet('face-10');

function frameWith(...faces: readonly Affine[]): Raster {
  const frame = emptyFrame(320, 240);
  for (const face of faces) drawFace(frame, face);
  return frame;
}

function landmarksOf(drawn: Affine): FaceLandmarks {
  const { leftEye, rightEye, mouth } = PART_CENTRES;
  return {
    leftEye: applyAffine(drawn, leftEye),
    rightEye: applyAffine(drawn, rightEye),
    mouth: applyAffine(drawn, mouth),
  };
}

/** A frame of drawn faces, whose colours are its labels. */
function benchFrame(group: string, ...faces: readonly Affine[]): BenchFrame {
  const picture = frameWith(...faces);
  const keys = classes.map(({ name }) => colorOf(name).join());
  const data = Uint8Array.from({ length: 320 * 240 }, (_, pixel) =>
    keys.indexOf(picture.data.subarray(3 * pixel, 3 * pixel + 3).join()),
  );
  const labels = { width: 320, height: 240, data };
  return { name: group, picture, truth: { group, faces: faces.map(landmarksOf), labels } };
}

async function namesOf(frames: AsyncIterable<BenchFrame>): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of frames) names.push(name);
  return names;
}

test('the figures of frames whose faces are known are those of an exact segmenter', async (t) => {
  const left = placement(80, 120, 110, 0);
  const right = placement(235, 120, 130, 10);
  const frames = [benchFrame('one', left), benchFrame('two', left, right), benchFrame('none')];
  const figures = await visionFigures(colorSegmenter(), frames, STILL);
  t.is(figures.frames, 3);
  for (const { found, faces } of [figures.search, figures.tracking]) {
    t.is(found, 2 / 3);
    t.is(faces, 1);
  }
  for (const { found, meanIou } of Object.values(figures.consistency)) {
    t.is(found, 1);
    t.true(meanIou !== null && meanIou > 0.7, `${meanIou}`);
  }
  t.deepEqual(Object.keys(figures.groups), ['one', 'two', 'none']);
  const { one, two, none } = figures.groups;
  t.like(one, { frames: 1, faces: 1, found: 1, foundInTracking: 1, wrong: 0, repeated: 0 });
  t.like(two, { frames: 1, faces: 2, found: 1, foundInTracking: 1, wrong: 0, repeated: 0 });
  t.like(none, { frames: 1, faces: 0, found: null, landmarkError: null, wrong: 0 });
  for (const { landmarkError, meanPartIou } of [one, two]) {
    t.true(landmarkError !== null && landmarkError < 0.1);
    t.true(meanPartIou !== null && meanPartIou > 0.7, `${meanPartIou}`);
  }
  t.regex(visionTable(figures), /^two +2 +100\.0 % +100\.0 % +0 +0 +0\.\d\d +\d\d\.\d %$/m);
});

test('finds of nothing and second finds of a face are told apart', async (t) => {
  const drawn = placement(160, 120, 150, 0);
  const { faces } = await analyseFrame(colorSegmenter(), frameWith(drawn), STILL);
  const truth = [landmarksOf(drawn)];
  t.like(matchFaces(truth, faces), { missed: 0, wrong: 0, repeated: 0 });
  t.like(matchFaces(truth, [...faces, ...faces]), { missed: 0, wrong: 0, repeated: 1 });
  t.like(matchFaces(truth, []), { errors: [], missed: 1 });
  t.like(matchFaces([landmarksOf(placement(60, 60, 80, 0))], faces), { errors: [], missed: 1, wrong: 1 });
});

test('without scenes.json all pictures of a folder are read, in the order of their names', async (t) => {
  const folder = await temporaryFolder(t);
  for (const name of ['b.jpg', 'a.png', 'c.JPG']) {
    const format = name.endsWith('png') ? 'png' : 'jpeg';
    await sharp({ create: { width: 20, height: 10, channels: 3, background: 'red' } })
      .toFormat(format)
      .toFile(join(folder, name));
  }
  await writeFile(join(folder, 'notes.txt'), 'no picture');
  t.deepEqual(await namesOf(readBenchFrames(folder, '--frames')), ['a.png', 'b.jpg', 'c.JPG']);
});

test('scenes.json names the frames and says what they show', async (t) => {
  const folder = await temporaryFolder(t);
  const { picture, truth } = benchFrame('one', placement(160, 120, 110, 0));
  const { width, height, data } = picture;
  await sharp(data, { raw: { width, height, channels: 3 } }).toFile(join(folder, 'frame.png'));
  if (truth?.labels === undefined) return t.fail();
  await writeFile(join(folder, 'labels.png'), encodeIndexPng(truth.labels, classSet('face-10')));
  const scenes = [{ file: 'frame.png', group: 'one', faces: truth.faces, labels: 'labels.png' }];
  await writeFile(join(folder, 'scenes.json'), JSON.stringify(scenes));
  for await (const frame of readBenchFrames(folder, '--frames')) {
    t.deepEqual(frame, { name: 'frame.png', picture, truth });
  }
  await writeFile(join(folder, 'scenes.json'), JSON.stringify([{ ...scenes[0], faces: 3 }]));
  await t.throwsAsync(namesOf(readBenchFrames(folder, '--frames')), {
    instanceOf: InputError,
    message: /^Expected a list for scenes\.json\[0\]\.faces but received 3$/,
  });
});

test('a folder that is not there or holds no picture is refused by name', async (t) => {
  const folder = await temporaryFolder(t);
  await t.throwsAsync(namesOf(readBenchFrames(join(folder, 'missing'), '--frames')), {
    instanceOf: InputError,
    message: /^Expected a folder that can be read for --frames/,
  });
  await t.throwsAsync(namesOf(readBenchFrames(folder, '--frames')), {
    instanceOf: InputError,
    message: /^Expected a folder of pictures for --frames/,
  });
});

test('the command prints a table and the figures as JSON', async (t) => {
  const folder = await temporaryFolder(t);
  await sharp({ create: { width: 80, height: 60, channels: 3, background: 'grey' } }).toFile(
    join(folder, 'empty.jpg'),
  );
  let printed = '';
  const status = await visionCommand(
    [
      ...['--bundle', projectFile('models/face-parts/face.oneface')],
      ...['--key', projectFile('models/face-parts/signing.public.pem')],
      ...['--frames', folder],
    ],
    {
      clock: { now: () => 0, monotonic: () => 0 },
      stdout: (text) => {
        printed += text;
      },
    },
  );
  t.is(status, 0);
  t.regex(printed, /^1 frames\n/);
  t.like(JSON.parse(printed.trimEnd().split('\n').at(-1) ?? ''), { frames: 1, search: { found: 0 } });
});
