import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { MOST_FRAME_BYTES, wholePictureFormat } from '@oneface/common/images/picture-bytes';
import type { Raster } from '@oneface/common/images/raster';
import sharp from 'sharp';

/** The pictures of a folder as the agent counts its frames: in natural order, without what is none. */
export async function* picturesOf(folder: string): AsyncGenerator<string> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries
    .filter((entry) => !entry.isDirectory() && !entry.name.startsWith('.'))
    .map(({ name }) => name)
    .sort(new Intl.Collator('en', { numeric: true }).compare);
  for (const file of names.map((name) => join(folder, name))) {
    if (await isWholePicture(file)) yield file;
  }
}

/** True when a folder holds a picture that can be decoded. */
export async function hasPicture(folder: string): Promise<boolean> {
  for await (const file of picturesOf(folder)) {
    // What sharp cannot decode is no picture, whatever it says of it.
    const decoded = await readPicture(file).catch(() => undefined);
    if (decoded !== undefined) return true;
  }
  return false;
}

/** Decodes a picture, upright and in sRGB. */
export async function readPicture(file: string): Promise<Raster> {
  const { data, info } = await sharp(await readFile(file), { autoOrient: true, failOn: 'error' })
    .removeAlpha()
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data };
}

async function isWholePicture(file: string): Promise<boolean> {
  try {
    const stats = await stat(file);
    // Opening a pipe would wait for its writer.
    if (!stats.isFile() || stats.size > MOST_FRAME_BYTES) return false;
    return wholePictureFormat(await readFile(file)) !== undefined;
  } catch {
    // A dead link, or a file that may not be read: the agent passes it over too.
    return false;
  }
}
