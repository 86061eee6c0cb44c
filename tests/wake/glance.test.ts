import { InputError } from '@oneface/common/errors/errors';
import { createFrameDecoder } from '@oneface/edge/images/decode-frame';
import { createGlance } from '@oneface/edge/wake/glance';
import test from 'ava';
import sharp, { type Sharp } from 'sharp';

const glance = createGlance(createFrameDecoder());

/** A frame that is red on the left and blue on the right. */
function twoColors(width: number, height: number): Sharp {
  const half = {
    create: { width: Math.ceil(width / 2), height, channels: 3 as const, background: '#0000ff' },
  };
  return sharp({ create: { width, height, channels: 3, background: '#ff0000' } }).composite([
    { input: half, left: Math.floor(width / 2), top: 0 },
  ]);
}

test('a frame of any size becomes a small picture of one size', async (t) => {
  for (const [width, height] of [
    [640, 480],
    [1920, 1080],
    [100, 3000],
    [16, 16],
  ] as const) {
    for (const bytes of [
      await twoColors(width, height).jpeg().toBuffer(),
      await twoColors(width, height).png().toBuffer(),
    ]) {
      const { data, ...size } = await glance(bytes, 'frame');
      t.deepEqual(size, { width: 64, height: 48 });
      t.is(data.length, 64 * 48 * 3);
      const middle = 24 * 64 * 3;
      t.true(data[middle] > 200 && data[middle + 2] < 60);
      t.true(data[middle + 63 * 3] < 60 && data[middle + 63 * 3 + 2] > 200);
    }
  }
});

test('grey and transparent frames have three channels too', async (t) => {
  const grey = await twoColors(64, 64).greyscale().png().toBuffer();
  const clear = await twoColors(64, 64).ensureAlpha(0.5).png().toBuffer();
  for (const bytes of [grey, clear]) t.is((await glance(bytes, 'frame')).data.length, 64 * 48 * 3);
});

test('what is no whole picture is refused by name', async (t) => {
  const whole = await twoColors(640, 480).jpeg().toBuffer();
  for (const bytes of [Buffer.from('no picture'), whole.subarray(0, whole.length / 2)]) {
    await t.throwsAsync(glance(bytes, 'camera #7'), {
      instanceOf: InputError,
      message: /for camera #7 but received/,
    });
  }
});
