import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { classSet } from '@oneface/common/classes/class-sets';
import { parseEvent } from '@oneface/common/events/parse';
import { decodeRle } from '@oneface/common/masks/rle';
import test from 'ava';
import { decode } from 'fast-png';
import sharp from 'sharp';
import { temporaryFolder } from '../support/temporary-folder.js';
import { facePicture, writeColorBundle } from './color-bundle.js';
import { runProgram } from './program.js';

const { classes } = classSet('face-10');

const shared = await mkdtemp(join(tmpdir(), 'oneface-segment-'));
const { bundle, key } = await writeColorBundle(shared);
test.after.always(() => rm(shared, { recursive: true }));

const label = (name: string) => classes.findIndex((part) => part.name === name);

test.serial('a photo becomes an event and a palette mask of its own size', async (t) => {
  const folder = await temporaryFolder(t);
  const frame = facePicture(400, 300, 220, 10);
  const photo = join(folder, 'photo.png');
  await sharp(frame.data, { raw: { width: 400, height: 300, channels: 3 } })
    .png()
    .toFile(photo);
  const out = join(folder, 'mask.png');

  const ended = await runProgram(t, 'segment', photo, '--out', out, '--bundle', bundle, '--key', key);
  t.is(ended.stderr, '');
  t.is(ended.code, 0);

  const event = parseEvent(ended.stdout);
  t.is(event.kind, 'face');
  if (event.kind !== 'face') return;
  t.deepEqual([event.frame.width, event.frame.height], [400, 300]);
  t.true(Math.abs(event.face.alignment.roll - 10) < 3);
  for (const name of ['skin', 'eye', 'nose', 'mouth', 'hair']) {
    const part = event.face.parts.find((each) => each.name === name);
    const drawn = countOf(frame.data, classes[label(name)].color);
    t.true(Math.abs(Number(part?.area) / drawn - 1) < 0.25, `${name}: ${part?.area} of ${drawn}`);
  }
  t.true(decodeRle(event.face.parts[0].mask).data.includes(1));

  const mask = decode(await readFile(out));
  t.deepEqual([mask.width, mask.height, mask.channels], [400, 300, 1]);
  t.deepEqual(
    mask.palette?.slice(0, classes.length),
    classes.map(({ color }) => [...color]),
  );
  for (const name of ['skin', 'hair', 'nose', 'mouth']) {
    const iou = overlap(mask.data, label(name), frame.data, classes[label(name)].color);
    t.true(iou > 0.75, `${name}: ${iou}`);
  }
  t.deepEqual((await readdir(folder)).sort(), ['mask.png', 'photo.png']);
});

test.serial('a photo without a face gives a no-face event and a mask of background', async (t) => {
  const folder = await temporaryFolder(t);
  const photo = join(folder, 'empty.jpg');
  await sharp({ create: { width: 90, height: 60, channels: 3, background: '#181a20' } }).toFile(photo);
  const out = join(folder, 'mask.png');
  const ended = await runProgram(t, 'segment', photo, '--out', out, '--bundle', bundle, '--key', key);
  t.is(ended.code, 0);
  const event = parseEvent(ended.stdout);
  t.is(event.kind === 'no-face' && event.reason, 'nothing-found');
  const mask = decode(await readFile(out));
  t.deepEqual([mask.width, mask.height], [90, 60]);
  t.true(mask.data.every((value) => value === 0));
});

test.serial('a file that is no picture ends with status 2 and leaves no mask', async (t) => {
  const folder = await temporaryFolder(t);
  const photo = join(folder, 'photo.jpg');
  await writeFile(photo, 'no picture');
  const out = join(folder, 'mask.png');
  const ended = await runProgram(t, 'segment', photo, '--out', out, '--bundle', bundle, '--key', key);
  t.is(ended.code, 2);
  t.regex(ended.stderr, /^Expected a picture that can be decoded for .*photo\.jpg but received/);
  t.is(ended.stdout, '');
  t.false((await readdir(folder)).some((name) => name.startsWith('mask')));
});

test.serial('a mask that cannot be written ends with status 2', async (t) => {
  const folder = await temporaryFolder(t);
  const photo = join(folder, 'photo.png');
  await sharp({ create: { width: 20, height: 20, channels: 3, background: 'red' } }).toFile(photo);
  const out = join(folder, 'missing', 'mask.png');
  const ended = await runProgram(t, 'segment', photo, '--out', out, '--bundle', bundle, '--key', key);
  t.is(ended.code, 2);
  t.is(ended.stderr, `Expected a file that can be written for --out but received "${out}"\n`);
});

function isColor(pixels: Uint8Array, at: number, color: readonly number[]): boolean {
  return color.every((value, channel) => pixels[at * 3 + channel] === value);
}

function countOf(pixels: Uint8Array, color: readonly number[]): number {
  let count = 0;
  for (let at = 0; at < pixels.length / 3; at++) if (isColor(pixels, at, color)) count += 1;
  return count;
}

/** Intersection over union of a label in the mask and a colour in the picture. */
function overlap(
  mask: ArrayLike<number>,
  value: number,
  pixels: Uint8Array,
  color: readonly number[],
): number {
  let both = 0;
  let either = 0;
  for (let at = 0; at < mask.length; at++) {
    const [inMask, inPicture] = [mask[at] === value, isColor(pixels, at, color)];
    if (inMask && inPicture) both += 1;
    if (inMask || inPicture) either += 1;
  }
  return both / either;
}
