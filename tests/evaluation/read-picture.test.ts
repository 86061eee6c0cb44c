import { writeFile } from 'node:fs/promises';
import { InputError } from '@oneface/common/errors/errors';
import { decodeRaster, readRaster } from '@oneface/trainer/images/read-picture';
import { writePicture } from '@oneface/trainer/images/write-picture';
import test from 'ava';
import sharp from 'sharp';
import { temporaryFolder } from '../support/temporary-folder.js';

/** Two pixels side by side: red, blue. */
const RED_BLUE = { width: 2, height: 1, data: Uint8Array.of(255, 0, 0, 0, 0, 255) };
const RAW = { raw: { width: 2, height: 1, channels: 3 } } as const;

test('a picture that was written as PNG reads back byte for byte', async (t) => {
  const file = `${await temporaryFolder(t)}/picture.png`;
  await writePicture(file, RED_BLUE);
  t.deepEqual(await readRaster(file), RED_BLUE);
});

test('a picture is turned as its EXIF orientation says', async (t) => {
  const quarterTurn = 6;
  const bytes = await sharp(RED_BLUE.data, RAW).withMetadata({ orientation: quarterTurn }).png().toBuffer();
  t.deepEqual(await decodeRaster(bytes, 'it'), { ...RED_BLUE, width: 1, height: 2 });
});

test('grey, 16 bit and half-transparent pictures come as three bytes per pixel', async (t) => {
  const grey = await sharp(Uint8Array.of(9, 200), { raw: { width: 2, height: 1, channels: 1 } })
    .png()
    .toBuffer();
  t.deepEqual((await decodeRaster(grey, 'it')).data, Uint8Array.of(9, 9, 9, 200, 200, 200));
  const deep = await sharp(RED_BLUE.data, RAW).toColourspace('rgb16').png().toBuffer();
  t.is((await sharp(deep).metadata()).depth, 'ushort');
  t.deepEqual(await decodeRaster(deep, 'it'), RED_BLUE);
  const clear = await sharp(Uint8Array.of(255, 0, 0, 1, 0, 0, 255, 0), {
    raw: { width: 2, height: 1, channels: 4 },
  })
    .png()
    .toBuffer();
  t.deepEqual(await decodeRaster(clear, 'it'), RED_BLUE);
});

test('a JPEG with its end cut off, a text, a vector picture and a bomb are refused by name', async (t) => {
  const noise = Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * 7919) % 251);
  const jpeg = await sharp(noise, { raw: { width: 64, height: 64, channels: 3 } })
    .jpeg()
    .toBuffer();
  const bomb = await sharp({ create: { width: 9000, height: 9000, channels: 3, background: 'black' } })
    .png()
    .toBuffer();
  const unfit = {
    cut: jpeg.subarray(0, jpeg.length / 2),
    text: Buffer.from('a face'),
    vector: Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'),
    bomb,
  };
  const folder = await temporaryFolder(t);
  for (const [name, bytes] of Object.entries(unfit)) {
    await writeFile(`${folder}/${name}`, bytes);
    await t.throwsAsync(readRaster(`${folder}/${name}`), {
      instanceOf: InputError,
      message: new RegExp(name),
    });
  }
  await t.throwsAsync(readRaster(`${folder}/absent.jpg`), { instanceOf: InputError, message: /absent.jpg/ });
});

test('a picture is only written under an ending that names its format', async (t) => {
  await t.throwsAsync(writePicture(`${await temporaryFolder(t)}/picture.gif`, RED_BLUE), {
    instanceOf: InputError,
    message: /ends in .png or .jpg/,
  });
});
