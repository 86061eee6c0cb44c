import { extname } from 'node:path';
import { expected } from '@oneface/common/errors/errors';
import { assertRaster, type Raster, RGB } from '@oneface/common/images/raster';
import sharp, { type Sharp } from 'sharp';
import { writeFileAtomic } from '../files/atomic-write.js';

/** Fine enough that edges of masks over photos stay clean. */
const JPEG_QUALITY = 92;

/**
 * Writes a picture: PNG or JPEG by the file's ending.
 *
 * @throws InputError when the ending is neither `.png` nor `.jpg`
 */
export async function writePicture(file: string, raster: Raster): Promise<void> {
  assertRaster(raster, file);
  const { width, height, data } = raster;
  const picture = sharp(data, { raw: { width, height, channels: RGB } });
  await writeFileAtomic(file, await encoded(picture, extname(file).toLowerCase(), file));
}

function encoded(picture: Sharp, ending: string, file: string): Promise<Uint8Array> {
  if (ending === '.png') return picture.png({ compressionLevel: 9 }).toBuffer();
  if (ending === '.jpg')
    return picture.jpeg({ quality: JPEG_QUALITY, chromaSubsampling: '4:4:4' }).toBuffer();
  throw expected('a file that ends in .png or .jpg', 'a picture to write', file);
}
