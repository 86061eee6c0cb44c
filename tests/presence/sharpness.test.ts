import type { Raster } from '@oneface/common/images/raster';
import { sharpnessOf } from '@oneface/edge/presence/sharpness';
import test from 'ava';
import sharp, { type Sharp } from 'sharp';
import { FRAME, faceAt } from './faces.js';
import { Watch } from './walks.js';

const { landmarks } = faceAt(320, 240, 240);

/** A frame of blobs of all sizes, as faces have them, drawn from a fixed sequence. */
async function texture(): Promise<Buffer> {
  let state = 7;
  const random = () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
  const blobs = Array.from({ length: 400 }, () => {
    const radius = 3 + 20 * random() ** 3;
    const level = Math.round(255 * random());
    const place = `cx="${640 * random()}" cy="${480 * random()}" r="${radius}"`;
    return `<circle ${place} fill="rgb(${level},${level},${level})"/>`;
  });
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="640" height="480">${blobs.join('')}</svg>`;
  return sharp(Buffer.from(svg)).flatten({ background: '#888888' }).png().toBuffer();
}

async function rasterOf(picture: Sharp): Promise<Raster> {
  const data = await picture.removeAlpha().toColourspace('srgb').raw().toBuffer();
  return { ...FRAME, data: new Uint8Array(data) };
}

/** Moved sideways or up and down by so many pixels while it was taken. */
function moved(picture: Buffer, pixels: number, upright: boolean): Sharp {
  const line = Array(pixels).fill(1);
  const empty = Array(pixels).fill(0);
  const across = { width: pixels, height: 3, kernel: [...empty, ...line, ...empty] };
  const down = { width: 3, height: pixels, kernel: line.flatMap((one) => [0, one, 0]) };
  return sharp(picture).convolve(upright ? down : across);
}

test('a blurred or moved face is less sharp, whichever way it moved', async (t) => {
  const picture = await texture();
  const sharpness = async (image: Sharp) => sharpnessOf(await rasterOf(image), landmarks);
  const still = await sharpness(sharp(picture));
  t.true((await sharpness(sharp(picture).blur(2.4))) < 0.9 * still);
  for (const upright of [false, true]) {
    const values = [still];
    for (const pixels of [5, 9, 15]) values.push(await sharpness(moved(picture, pixels, upright)));
    t.true(values.every((value, index) => index === 0 || value < values[index - 1]));
    t.true(values[3] < 0.7 * still);
  }
});

test('a face without any detail is as blurred as can be, one at the edge of the frame is measured too', (t) => {
  const plain = { ...FRAME, data: new Uint8Array(FRAME.width * FRAME.height * 3).fill(128) };
  t.is(sharpnessOf(plain, landmarks), 0.1);
  t.is(sharpnessOf(plain, faceAt(-20, 470, 300).landmarks), 0.1);
});

test('of two frames that are alike the sharp one is the best frame', async (t) => {
  const picture = await texture();
  const [still, blurred] = [await rasterOf(sharp(picture)), await rasterOf(sharp(picture).blur(3))];
  const watch = new Watch();
  const face = faceAt(320, 240, 240);
  for (const view of [blurred, blurred, still, blurred, blurred]) watch.frameOf(view, 100, face);
  watch.note(watch.tracker.stop());
  t.is(watch.told.at(-1)?.presence.best.facts.number, 3);
});
