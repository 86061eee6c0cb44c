import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InputError } from '@oneface/common/errors/errors';
import { applyAffine, type Point } from '@oneface/common/images/affine';
import { type Color, type Raster, RGB } from '@oneface/common/images/raster';
import {
  type ComposeSettings,
  composeFrames,
  FRAMES_FILE,
  type FrameTruth,
  PICTURES_FOLDER,
} from '@oneface/trainer/frames/compose-frames';
import { readRaster } from '@oneface/trainer/images/read-picture';
import test from 'ava';
import { drawnPerson, EYE, MOUTH, OLD_BACKGROUND } from './drawn-person.js';

const SIZES = [
  { width: 320, height: 240 },
  { width: 240, height: 320 },
];
const people = [drawnPerson(64), drawnPerson(128)];

const root = await mkdtemp(join(tmpdir(), 'oneface-test-'));
const settings: ComposeSettings = { count: 8, sizes: SIZES, seed: 5, out: join(root, 'frames') };
const truths = await composeFrames(people, settings);
const frames = await Promise.all(
  truths.map(({ file }) => readRaster(join(settings.out, PICTURES_FOLDER, file))),
);
test.after.always(() => rm(root, { recursive: true }));

test('eyes and mouth lie where the ground truth says', (t) => {
  truths.forEach(({ landmarks, file }, index) => {
    for (const [part, color] of [
      ['leftEye', EYE],
      ['rightEye', EYE],
      ['mouth', MOUTH],
    ] as const) {
      t.true(farOff(colorAt(frames[index], landmarks[part]), color) < 60, `${part} of ${file}`);
    }
  });
});

test('box, roll and map of the ground truth belong together', (t) => {
  for (const { toFrame, box, roll, landmarks, person } of truths) {
    const side = people[person].image.width;
    const corners = [0, side].flatMap((x) => [0, side].map((y) => applyAffine(toFrame, { x, y })));
    t.true(Math.abs(Math.min(...corners.map(({ x }) => x)) - box.x) < 1e-9);
    t.true(Math.abs(Math.max(...corners.map(({ y }) => y)) - (box.y + box.height)) < 1e-9);
    const { leftEye, rightEye } = landmarks;
    const lean = (Math.atan2(rightEye.y - leftEye.y, rightEye.x - leftEye.x) * 180) / Math.PI;
    t.true(Math.abs(lean - roll) < 0.1, 'the template itself leans by 0.05 degrees');
  }
});

test('sizes and people take turns; places, face sizes and leans differ', (t) => {
  truths.forEach((truth, index) => {
    const { width, height } = SIZES[index % SIZES.length];
    t.deepEqual([truth.width, truth.height], [width, height]);
    t.deepEqual([frames[index].width, frames[index].height], [width, height]);
    t.is(truth.person, index % people.length);
  });
  const spread = (values: number[]) => Math.max(...values) - Math.min(...values);
  t.true(spread(truths.map(({ box, width }) => (box.x + box.width / 2) / width)) > 0.2);
  t.true(spread(truths.map(({ box, height }) => box.width / height)) > 0.2);
  t.true(spread(truths.map(({ roll }) => roll)) > 5);
});

test('the background that the face was drawn on stays behind, but for specks in corners of the outline', (t) => {
  frames.forEach(({ width, data }, index) => {
    let magenta = 0;
    for (let at = 0; at < data.length; at += RGB) {
      if (farOff(data.subarray(at, at + RGB), OLD_BACKGROUND) < 70) magenta++;
    }
    const onFace = Math.min(width, truths[index].box.width) ** 2;
    t.true(magenta < onFace / 2000, `${magenta} pixels of ${truths[index].file}`);
  });
});

test('the whole face is in the frame', (t) => {
  for (const { landmarks, width, height } of truths) {
    for (const { x, y } of Object.values(landmarks)) t.true(x > 0 && x < width && y > 0 && y < height);
  }
});

test('the folder holds the frames and their ground truth, and no unfinished file', async (t) => {
  t.deepEqual((await readdir(settings.out)).sort(), [FRAMES_FILE, PICTURES_FOLDER]);
  const pictures = await readdir(join(settings.out, PICTURES_FOLDER));
  t.deepEqual(pictures.sort(), truths.map(({ file }) => file).sort());
  const written: FrameTruth[] = JSON.parse(await readFile(join(settings.out, FRAMES_FILE), 'utf8'));
  t.deepEqual(written, truths);
});

test('a frame follows from the seed and its number alone', async (t) => {
  const again = { ...settings, count: 2, out: join(root, 'again') };
  t.deepEqual(await composeFrames(people, again), truths.slice(0, 2));
  for (const { file } of truths.slice(0, 2)) {
    const first = await readFile(join(settings.out, PICTURES_FOLDER, file));
    t.deepEqual(await readFile(join(again.out, PICTURES_FOLDER, file)), first);
  }
  const other = await composeFrames(people, { ...again, seed: 6, out: join(root, 'other') });
  t.notDeepEqual(other[0].toFrame, truths[0].toFrame);
});

const [good] = people;
for (const { title, wrong, change, message } of [
  { title: 'no person', wrong: [], change: {}, message: /^Expected at least one person/ },
  { title: 'no size', wrong: [good], change: { sizes: [] }, message: /^Expected at least one frame size/ },
  { title: 'a count of 0', wrong: [good], change: { count: 0 }, message: /for the count of sample frames/ },
  {
    title: 'a picture that is not square',
    wrong: [good, { ...good, image: { width: 32, height: 128, data: good.image.data } }],
    change: {},
    message: /^Expected a square picture for person 1 but received "?32x128"?$/,
  },
  {
    title: 'a mask of another size',
    wrong: [{ ...good, personMask: new Float32Array(10) }],
    change: {},
    message: /^Expected 4096 values for the mask of person 0 but received 10$/,
  },
  {
    title: 'a mask value that is no opacity',
    wrong: [{ ...good, personMask: good.personMask.with(7, Number.NaN) }],
    change: {},
    message: /^Expected values from 0 to 1 for the mask of person 0 but received NaN$/,
  },
  {
    title: 'a frame of no height',
    wrong: [good],
    change: { sizes: [{ width: 64, height: 0 }] },
    message: /^Expected an integer from 1 to/,
  },
]) {
  test(`${title} is an input error and writes nothing`, async (t) => {
    const out = join(root, title);
    await t.throwsAsync(composeFrames(wrong, { ...settings, ...change, out }), {
      instanceOf: InputError,
      message,
    });
    await t.throwsAsync(readdir(out), { code: 'ENOENT' });
  });
}

/** The largest difference in a channel between two colours. */
function farOff(color: ArrayLike<number>, wanted: Color): number {
  return Math.max(...wanted.map((channel, i) => Math.abs(color[i] - channel)));
}

function colorAt({ width, data }: Raster, { x, y }: Point): Uint8Array {
  const at = (Math.floor(y) * width + Math.floor(x)) * RGB;
  return data.subarray(at, at + RGB);
}
