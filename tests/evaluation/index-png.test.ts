import { readFile } from 'node:fs/promises';
import { classSet, IGNORED_LABEL } from '@oneface/common/classes/class-sets';
import { InputError } from '@oneface/common/errors/errors';
import { decodeIndexPng, encodeIndexPng } from '@oneface/common/images/index-png';
import { writeIndexPng } from '@oneface/trainer/images/index-png';
import test from 'ava';
import fc from 'fast-check';
import sharp from 'sharp';
import { temporaryFolder } from '../support/temporary-folder.js';

const FACE_10 = classSet('face-10');

test('packed palettes of 4 bits and 1 bit and grey values are read, as Pillow wrote them', (t) => {
  const read = (base64: string) => decodeIndexPng(Buffer.from(base64, 'base64'), 'the mask');
  const fourBits =
    'iVBORw0KGgoAAAANSUhEUgAAAAUAAAADBAMAAACpGNjLAAAAMFBMVEUACxYhLDdCTVhjbnmEj5qlsLvG0dzn8v0IEx4pND9KVWBrdoGMl6KtuMPO2eTv+gXLTSrFAAAAFElEQVR4nGNkVJJlCVWSYFytJAwACI8Btq1kyPgAAAAASUVORK5CYII=';
  t.deepEqual(read(fourBits), {
    width: 5,
    height: 3,
    data: Uint8Array.from({ length: 15 }, (_, i) => i),
  });
  const oneBit =
    'iVBORw0KGgoAAAANSUhEUgAAAAkAAAACAQMAAACwmGSQAAAABlBMVEUAAAD///+l2Z/dAAAADklEQVR4nGOc9YzpNAMACEICTwbUfw4AAAAASUVORK5CYII=';
  t.deepEqual(read(oneBit), {
    width: 9,
    height: 2,
    data: Uint8Array.of(1, 0, 0, 1, 1, 0, 1, 0, 1, 0, 1, 1, 0, 0, 1, 0, 1, 1),
  });
  const grey =
    'iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCAAAAAC4HznGAAAAEElEQVR4nGNg4PzPIMTIBAAFcwEez+BhagAAAABJRU5ErkJggg==';
  t.deepEqual(read(grey), { width: 3, height: 2, data: Uint8Array.of(0, 9, 255, 18, 1, 2) });
});

test('any mask survives writing and reading', (t) => {
  const masks = fc
    .tuple(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 20 }))
    .chain(([width, height]) =>
      fc.record({
        width: fc.constant(width),
        height: fc.constant(height),
        data: fc
          .array(fc.oneof(fc.nat(9), fc.constant(IGNORED_LABEL)), {
            minLength: width * height,
            maxLength: width * height,
          })
          .map((labels) => Uint8Array.from(labels)),
      }),
    );
  fc.assert(
    fc.property(masks, (mask) => {
      t.deepEqual(decodeIndexPng(encodeIndexPng(mask, FACE_10), 'the mask'), mask);
    }),
  );
});

test('a written mask shows its classes in their colours', async (t) => {
  const file = `${await temporaryFolder(t)}/mask.png`;
  await writeIndexPng(file, { width: 2, height: 1, data: Uint8Array.of(7, IGNORED_LABEL) }, FACE_10);
  const pixels = await sharp(file).removeAlpha().raw().toBuffer();
  t.deepEqual([...pixels], [...FACE_10.classes[7].color, 255, 255, 255]);
});

test('a label that the class set does not have is not written', (t) => {
  t.throws(() => encodeIndexPng({ width: 1, height: 1, data: Uint8Array.of(10) }, FACE_10), {
    instanceOf: InputError,
    message: 'Expected labels below 10 for a mask but received 10',
  });
});

test('files that hold no indices, are cut short, changed or absurdly large are refused', async (t) => {
  const whole = encodeIndexPng({ width: 3, height: 3, data: new Uint8Array(9) }, FACE_10);
  const colours = await sharp({ create: { width: 4, height: 4, channels: 3, background: 'red' } })
    .png()
    .toBuffer();
  const changed = whole.slice();
  changed[60] ^= 1;
  const huge = Buffer.from(whole);
  huge.writeUInt32BE(0x7fff_ffff, 16);
  const noPng = await readFile(new URL(import.meta.url));
  for (const bytes of [
    new Uint8Array(),
    whole.subarray(0, 40),
    whole.subarray(0, -20),
    changed,
    huge,
    colours,
    noPng,
  ]) {
    t.throws(() => decodeIndexPng(bytes, 'the mask'), { instanceOf: InputError, message: /the mask/ });
  }
});
