import { expected } from '@oneface/common/errors/errors';
import type { Raster } from '@oneface/common/images/raster';
import sharp from 'sharp';

/** A small file can claim any size; decoded, this many pixels take 192 MiB. */
const MOST_PIXELS = 64 * 1024 * 1024;
/** What cameras give; other formats have readers that may open further files. */
const FORMATS = ['jpeg', 'png'];

/**
 * Decodes a frame as people see it: turned by its EXIF orientation, in sRGB, without its alpha channel.
 *
 * @param bytes a whole JPEG or PNG file
 * @param subject what to call it in an error
 * @throws InputError when it is damaged, of another format or larger than 64 megapixels
 */
export async function decodeFrame(bytes: Uint8Array, subject: string): Promise<Raster> {
  try {
    const picture = sharp(bytes, { limitInputPixels: MOST_PIXELS, failOn: 'error', autoOrient: true });
    const { format } = await picture.metadata();
    if (!FORMATS.includes(format)) throw expected(`one of ${FORMATS.join(', ')}`, 'a frame', format);
    const { data, info } = await picture
      .toColourspace('srgb')
      .removeAlpha()
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    if (info.channels !== 3) throw expected('3 channels', 'a frame', info.channels);
    const pixels = new Uint8Array(data.buffer, data.byteOffset, data.length);
    return { width: info.width, height: info.height, data: pixels };
  } catch (cause) {
    throw expected('a picture that can be decoded', subject, cause, { cause });
  }
}
