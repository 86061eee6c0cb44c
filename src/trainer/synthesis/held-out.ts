import { join } from 'node:path';
import type { ClassSet } from '@oneface/common/classes/class-sets';
import { writeIndexPng } from '../images/index-png.js';
import { writePicture } from '../images/write-picture.js';
import { likeliestLabels } from './label-sheet.js';
import type { SoftLabelled } from './soft-labels.js';

/**
 * Writes generated pictures and their likeliest labels as a folder that `evaluate` reads: `images/` and
 * `masks/`, the masks in labels of the class set.
 */
export async function writeHeldOut(
  folder: string,
  entries: readonly SoftLabelled[],
  set: ClassSet,
): Promise<void> {
  for (const [index, entry] of entries.entries()) {
    const name = String(index).padStart(4, '0');
    await writePicture(join(folder, 'images', `${name}.png`), entry.picture);
    await writeIndexPng(join(folder, 'masks', `${name}.png`), likeliestLabels(entry), set);
  }
}
