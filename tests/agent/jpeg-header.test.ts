import { readJpegHeader, UPRIGHT } from '@oneface/edge/images/jpeg-header';
import test from 'ava';
import fc from 'fast-check';
import sharp from 'sharp';

const picture = () => sharp({ create: { width: 40, height: 30, channels: 3, background: 'red' } });
const PLAIN = { width: 40, height: 30, bits: 8, components: 3, orientation: UPRIGHT, hasProfile: false };

test('size, components and bits of baseline and progressive files are read', async (t) => {
  t.deepEqual(readJpegHeader(await picture().jpeg().toBuffer()), PLAIN);
  t.deepEqual(readJpegHeader(await picture().jpeg({ progressive: true }).toBuffer()), PLAIN);
  t.deepEqual(readJpegHeader(await picture().toColourspace('b-w').jpeg().toBuffer()), {
    ...PLAIN,
    components: 1,
  });
  const cmyk = readJpegHeader(await picture().toColourspace('cmyk').jpeg().toBuffer());
  t.is(cmyk?.components, 4);
});

test('every orientation of EXIF is read', async (t) => {
  for (let orientation = 1; orientation <= 8; orientation++) {
    const bytes = await picture().withMetadata({ orientation }).jpeg().toBuffer();
    t.is(readJpegHeader(bytes)?.orientation, orientation);
  }
});

test('EXIF in big-endian order is read too', async (t) => {
  const bytes = await picture().jpeg().toBuffer();
  const tiff = [0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0];
  const exif = [...Buffer.from('Exif\0\0', 'latin1'), ...tiff];
  const segment = Buffer.from([0xff, 0xe1, 0, exif.length + 2, ...exif]);
  const header = readJpegHeader(Buffer.concat([bytes.subarray(0, 2), segment, bytes.subarray(2)]));
  t.is(header?.orientation, 6);
});

test('a colour profile is noticed', async (t) => {
  t.true(readJpegHeader(await picture().withIccProfile('p3').jpeg().toBuffer())?.hasProfile);
});

test('other formats and files that break off have no header', async (t) => {
  t.is(readJpegHeader(await picture().png().toBuffer()), undefined);
  t.is(readJpegHeader(new Uint8Array(0)), undefined);
  const bytes = await picture().jpeg().toBuffer();
  const scan = bytes.indexOf(Buffer.of(0xff, 0xda));
  for (let length = 0; length < scan; length++) {
    t.is(readJpegHeader(bytes.subarray(0, length)), undefined, `${length} bytes`);
  }
});

test('no bytes whatever make it fail', async (t) => {
  const bytes = await picture().withMetadata({ orientation: 3 }).jpeg().toBuffer();
  const changes = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 0, max: 255 })), {
    maxLength: 8,
  });
  fc.assert(
    fc.property(changes, fc.nat(bytes.length), (changed, length) => {
      const broken = Uint8Array.from(bytes);
      for (const [at, value] of changed) broken[at] = value;
      t.notThrows(() => readJpegHeader(broken.subarray(0, length)));
    }),
    { numRuns: 2000 },
  );
});
