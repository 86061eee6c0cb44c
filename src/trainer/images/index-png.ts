import type { ClassSet } from '@oneface/common/classes/class-sets';
import { decodeIndexPng, encodeIndexPng } from '@oneface/common/images/index-png';
import type { LabelMap } from '@oneface/common/images/raster';
import { writeFileAtomic } from '../files/atomic-write.js';
import { readFileWithin } from '../files/bounded-read.js';

const MAX_FILE_BYTES = 16 * 1024 * 1024;

/**
 * Reads a mask, as `decodeIndexPng` does.
 *
 * @param file a palette or grey PNG of at most 8 bits per pixel
 * @throws InputError when it cannot be read or is no such PNG
 */
export async function readIndexPng(file: string): Promise<LabelMap> {
  return decodeIndexPng(await readFileWithin(file, MAX_FILE_BYTES), file);
}

/**
 * Writes a mask, as `encodeIndexPng` makes it.
 *
 * @throws InputError when a label is neither a class of the set nor `IGNORED_LABEL`
 */
export async function writeIndexPng(file: string, labels: LabelMap, set: ClassSet): Promise<void> {
  await writeFileAtomic(file, encodeIndexPng(labels, set));
}
