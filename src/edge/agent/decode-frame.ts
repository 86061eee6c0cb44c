import { expected, InputError } from '@oneface/common/errors/errors';
import { assertSide, type Raster } from '@oneface/common/images/raster';
import sharp from 'sharp';
import { countPicture } from './picture-memory.js';

/** A small file can claim any size; decoded, this many pixels take 192 MiB. */
const MOST_PIXELS = 64 * 1024 * 1024;
/** What cameras give; other formats have readers that may open further files. */
const FORMATS = ['jpeg', 'png'];
/** First bytes of those formats. */
const SIGNATURES = [
  [0xff, 0xd8, 0xff],
  [0x89, 0x50, 0x4e, 0x47],
];

// Frames differ, so what libvips remembers of them is of no use; and the other cores have their own work.
sharp.cache(false);
sharp.concurrency(1);

/**
 * Decodes a frame as people see it: turned by its EXIF orientation, in sRGB, without its alpha channel.
 *
 * @param bytes a whole JPEG or PNG file
 * @param subject what to call it in an error
 * @throws InputError when it is damaged, of another format, larger than 64 megapixels or a strip of a side
 *   beyond `LONGEST_SIDE`
 */
export async function decodeFrame(bytes: Uint8Array, subject: string): Promise<Raster> {
  try {
    const picture = sharp(bytes, { limitInputPixels: MOST_PIXELS, failOn: 'error', autoOrient: true });
    if (!SIGNATURES.some((signature) => signature.every((byte, index) => bytes[index] === byte))) {
      throw expected(`one of ${FORMATS.join(', ')}`, subject, (await picture.metadata()).format);
    }
    const { data, info } = await picture
      .toColourspace('srgb')
      .removeAlpha()
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    countPicture(data.length);
    if (info.channels !== 3) throw expected('3 channels', subject, info.channels);
    assertSide(info.width, `the width of ${subject}`);
    assertSide(info.height, `the height of ${subject}`);
    const pixels = new Uint8Array(data.buffer, data.byteOffset, data.length);
    return { width: info.width, height: info.height, data: pixels };
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    throw expected('a picture that can be decoded', subject, cause, { cause });
  }
}
