import { expected } from '@oneface/common/errors/errors';
import { type Raster, RGB } from '@oneface/common/images/raster';
import { GLANCE_HEIGHT, GLANCE_WIDTH } from './limits.js';

/** A small file can claim any size; the same limit as for frames that are decoded whole. */
const MOST_PIXELS = 64 * 1024 * 1024;

/**
 * Decodes a frame to a small picture, as it lies in the file. The JPEG decoder itself leaves out what the
 * small size does not need, so that it takes a fraction of the time of the whole frame.
 *
 * @param subject what to call the frame in an error
 * @throws InputError when it is damaged or no picture
 */
export async function glance(bytes: Uint8Array, subject: string): Promise<Raster> {
  // Not loaded before it is needed: it takes 30 MB.
  const { default: sharp } = await import('sharp');
  try {
    const { data, info } = await sharp(bytes, { limitInputPixels: MOST_PIXELS, failOn: 'error' })
      .resize(GLANCE_WIDTH, GLANCE_HEIGHT, { fit: 'fill', kernel: 'linear' })
      .toColourspace('srgb')
      .removeAlpha()
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    if (info.channels !== RGB) throw expected(`${RGB} channels`, subject, info.channels);
    return {
      width: info.width,
      height: info.height,
      data: new Uint8Array(data.buffer, data.byteOffset, data.length),
    };
  } catch (cause) {
    throw expected('a picture that can be decoded', subject, cause, { cause });
  }
}
