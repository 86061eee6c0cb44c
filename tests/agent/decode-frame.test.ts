import { InputError } from '@oneface/common/errors/errors';
import { createFrameDecoder, decodeFrame } from '@oneface/edge/images/decode-frame';
import test from 'ava';
import sharp from 'sharp';

/** Two pixels side by side: red, blue. */
const RED_BLUE = { width: 2, height: 1, data: Uint8Array.of(255, 0, 0, 0, 0, 255) };
const redBlue = () => sharp(RED_BLUE.data, { raw: { width: 2, height: 1, channels: 3 } });

test('a frame is turned as its EXIF orientation says', async (t) => {
  const quarterTurn = 6;
  const bytes = await redBlue().withMetadata({ orientation: quarterTurn }).png().toBuffer();
  t.deepEqual(await decodeFrame(bytes, 'it'), { ...RED_BLUE, width: 1, height: 2 });
});

test('16 bit, palette, half-transparent and grey frames come as three bytes per pixel', async (t) => {
  const deep = await redBlue().toColourspace('rgb16').png().toBuffer();
  t.is((await sharp(deep).metadata()).depth, 'ushort');
  t.deepEqual(await decodeFrame(deep, 'it'), RED_BLUE);
  t.deepEqual(await decodeFrame(await redBlue().png({ palette: true }).toBuffer(), 'it'), RED_BLUE);
  t.deepEqual(await decodeFrame(await redBlue().ensureAlpha(0.5).png().toBuffer(), 'it'), RED_BLUE);
  const grey = sharp(Uint8Array.of(9, 200), { raw: { width: 2, height: 1, channels: 1 } });
  const { data } = await decodeFrame(await grey.png().toBuffer(), 'it');
  t.deepEqual(data, Uint8Array.of(9, 9, 9, 200, 200, 200));
});

test('a CMYK frame has the colours that it is printed in', async (t) => {
  const red = sharp({ create: { width: 8, height: 8, channels: 3, background: 'red' } });
  const bytes = await red.toColourspace('cmyk').jpeg().toBuffer();
  t.is((await sharp(bytes).metadata()).channels, 4);
  const [r, g, b] = (await decodeFrame(bytes, 'it')).data;
  t.true(r > 180 && g < 80 && b < 80, `${r}, ${g}, ${b}`);
});

test('a camera frame has the same pixels as sharp gives, within what two inverse transforms may differ', async (t) => {
  const { width, height } = { width: 64, height: 48 };
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => 128 + 100 * Math.sin(i / 40));
  for (const options of [{}, { progressive: true }, { chromaSubsampling: '4:4:4' }]) {
    const bytes = await sharp(data, { raw: { width, height, channels: 3 } })
      .jpeg(options)
      .toBuffer();
    const { data: wanted } = await sharp(bytes).raw().toBuffer({ resolveWithObject: true });
    const frame = await decodeFrame(bytes, 'it');
    t.deepEqual([frame.width, frame.height], [width, height]);
    t.true(frame.data.every((value, at) => Math.abs(value - wanted[at]) <= 8));
  }
});

test('a grey camera frame comes as three bytes per pixel', async (t) => {
  const grey = sharp(new Uint8Array(64).fill(77), { raw: { width: 8, height: 8, channels: 1 } });
  const bytes = await grey.toColourspace('b-w').jpeg().toBuffer();
  t.is((await sharp(bytes).metadata()).channels, 1);
  t.true((await decodeFrame(bytes, 'it')).data.every((value) => Math.abs(value - 77) <= 2));
});

test('a JPEG lying on its side is turned, and one with a colour profile has its colours', async (t) => {
  const half = sharp({ create: { width: 32, height: 16, channels: 3, background: 'lime' } });
  const turned = await half.clone().withMetadata({ orientation: 6 }).jpeg().toBuffer();
  const { width, height } = await decodeFrame(turned, 'it');
  t.deepEqual([width, height], [16, 32]);
  const wide = await half.clone().withIccProfile('p3').jpeg().toBuffer();
  const [r, g, b] = (await decodeFrame(wide, 'it')).data;
  t.true(r < 30 && g > 240 && b < 30, `${r}, ${g}, ${b}`);
});

test('a decoder uses the same memory for the next frame, and other memory for another size', async (t) => {
  const decode = createFrameDecoder();
  const jpeg = (background: string, width = 16) =>
    sharp({ create: { width, height: 16, channels: 3, background } })
      .jpeg()
      .toBuffer();
  const red = await decode(await jpeg('red'), 'it');
  const blue = await decode(await jpeg('blue'), 'it');
  t.is(red.data.buffer, blue.data.buffer);
  t.is(red.data.byteOffset, blue.data.byteOffset);
  t.true(red.data[2] > 200, 'the red frame has become the blue one');
  const wide = await decode(await jpeg('lime', 32), 'it');
  t.is(wide.data.length, 32 * 16 * 3);
  t.true(blue.data[2] > 200);
});

test('frames decoded by themselves do not share memory', async (t) => {
  const bytes = await redBlue().jpeg().toBuffer();
  const [one, other] = [await decodeFrame(bytes, 'it'), await decodeFrame(bytes, 'it')];
  t.not(one.data.buffer, other.data.buffer);
});

test('a frame that was cut off or damaged is refused, and the decoder goes on', async (t) => {
  const decode = createFrameDecoder();
  const noise = Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * 7919) % 251);
  const bytes = await sharp(noise, { raw: { width: 64, height: 64, channels: 3 } })
    .jpeg()
    .toBuffer();
  const complaint = { instanceOf: InputError, message: /^Expected a picture that can be decoded for it/ };
  await t.throwsAsync(decode(bytes.subarray(0, bytes.length >> 1), 'it'), complaint);
  t.is((await decode(bytes, 'it')).width, 64);
});

test('bytes that do not matter between two segments do not cost the frame', async (t) => {
  const bytes = await sharp({ create: { width: 16, height: 16, channels: 3, background: 'red' } })
    .jpeg()
    .toBuffer();
  const end = bytes.length - 2;
  const padded = Buffer.concat([bytes.subarray(0, end), Buffer.of(0, 0, 0), bytes.subarray(end)]);
  t.true((await decodeFrame(padded, 'it')).data[0] > 200);
});

const blank = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: 'black' } });

for (const [name, make, complaint] of [
  ['no bytes', async () => new Uint8Array(0), /^Expected a picture that can be decoded for it but received/],
  ['a GIF', () => redBlue().gif().toBuffer(), /^Expected one of jpeg, png for it but received "gif"$/],
  ['too many pixels', () => blank(9000, 9000).png().toBuffer(), /can be decoded for it .*pixel limit/],
  ['a strip too long', () => blank(20_000, 2).png().toBuffer(), /for the width of it but received 20000$/],
  ['a strip too high', () => blank(2, 20_000).png().toBuffer(), /for the height of it but received 20000$/],
] as const) {
  test(`${name}: refused by name`, async (t) => {
    const error = await t.throwsAsync(decodeFrame(await make(), 'it'), { instanceOf: InputError });
    t.regex(error.message, complaint);
  });
}
