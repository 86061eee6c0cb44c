import { expected, InputError } from '@oneface/common/errors/errors';
import { assertSide, type Raster } from '@oneface/common/images/raster';
import sharp from 'sharp';
import { readFileWithin } from '../files/bounded-read.js';

/** Larger files are no photos. */
const MAX_FILE_BYTES = 64 * 1024 * 1024;
/** A small file can claim any size; decoded, this many pixels take 192 MiB. */
const MAX_PIXELS = 64 * 1024 * 1024;
/** Formats of photos: no vector or document format, whose readers may open other files. */
const FORMATS = ['jpeg', 'png', 'webp', 'tiff'];

/**
 * Reads a photo as people see it: turned by its EXIF orientation, in sRGB, without its alpha channel.
 *
 * @param file a JPEG, PNG, WebP or TIFF file of at most 64 MiB and 64 megapixels
 * @throws InputError when it cannot be read or is no such picture
 */
export async function readRaster(file: string): Promise<Raster> {
  return decodeRaster(await readFileWithin(file, MAX_FILE_BYTES), file);
}

/**
 * Decodes a photo as `readRaster` does.
 *
 * @param bytes the whole file
 * @param subject what to call it in an error
 * @throws InputError when it is no such picture
 */
export async function decodeRaster(bytes: Uint8Array, subject: string): Promise<Raster> {
  try {
    const picture = sharp(bytes, { limitInputPixels: MAX_PIXELS, failOn: 'error', autoOrient: true });
    const { format } = await picture.metadata();
    if (!FORMATS.includes(format)) throw expected(`one of ${FORMATS.join(', ')}`, subject, format);
    const { data, info } = await picture
      .toColourspace('srgb')
      .removeAlpha()
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
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
