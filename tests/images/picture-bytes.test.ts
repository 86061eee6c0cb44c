import { wholePictureFormat } from '@oneface/common/images/picture-bytes';
import test from 'ava';
import fc from 'fast-check';
import sharp from 'sharp';

const noise = {
  width: 40,
  height: 30,
  channels: 3,
  noise: { type: 'gaussian', mean: 128, sigma: 60 },
} as const;
const picture = sharp({ create: { ...noise, background: 'black' } });
const preview = await picture.clone().jpeg().toBuffer();
const jpegs = {
  baseline: await picture.clone().jpeg().toBuffer(),
  progressive: await picture.clone().jpeg({ progressive: true }).toBuffer(),
  'with a preview in its header': withSegment(await picture.clone().jpeg().toBuffer(), preview),
};
const png = await picture.clone().png().toBuffer();

for (const [kind, jpeg] of Object.entries(jpegs)) {
  test(`a JPEG is whole to its last byte and not before: ${kind}`, (t) => {
    t.is(wholePictureFormat(jpeg), 'jpeg');
    for (let length = 0; length < jpeg.length; length++) {
      if (wholePictureFormat(jpeg.subarray(0, length)) !== undefined) t.fail(`whole at ${length}`);
    }
  });
}

test('a PNG is whole to its last byte and not before', (t) => {
  t.is(wholePictureFormat(png), 'png');
  for (let length = 0; length < png.length; length++) {
    if (wholePictureFormat(png.subarray(0, length)) !== undefined) t.fail(`whole at ${length}`);
  }
});

test('data behind the end mark, as phones append it, does no harm', (t) => {
  const tail = Buffer.from('more');
  t.is(wholePictureFormat(Buffer.concat([jpegs.baseline, tail])), 'jpeg');
  t.is(wholePictureFormat(Buffer.concat([png, tail])), 'png');
});

test('other formats are no frames', async (t) => {
  t.is(wholePictureFormat(await picture.clone().webp().toBuffer()), undefined);
  t.is(wholePictureFormat(await picture.clone().gif().toBuffer()), undefined);
});

test('any bytes are judged without an error', (t) => {
  const start = fc.constantFrom([0xff, 0xd8], [...png.subarray(0, 8)], []);
  const property = fc.property(start, fc.uint8Array({ maxLength: 200 }), (first, rest) => {
    wholePictureFormat(Uint8Array.from([...first, ...rest]));
  });
  t.notThrows(() => fc.assert(property, { numRuns: 500 }));
});

/** Puts an application segment behind the start marker, as EXIF previews stand there. */
function withSegment(jpeg: Buffer, data: Buffer): Buffer {
  const header = Buffer.from([0xff, 0xe1, (data.length + 2) >> 8, (data.length + 2) & 255]);
  return Buffer.concat([jpeg.subarray(0, 2), header, data, jpeg.subarray(2)]);
}
