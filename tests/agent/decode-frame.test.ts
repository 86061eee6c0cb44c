import { InputError } from '@oneface/common/errors/errors';
import { decodeFrame } from '@oneface/edge/agent/decode-frame';
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
