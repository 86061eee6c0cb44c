import { readdir } from 'node:fs/promises';
import { basename, extname, join, resolve } from 'node:path';
import {
  CELEBAMASK_LABELS,
  CLASS_SET_IDS,
  type ClassSet,
  type ClassSetId,
  celebaMaskTable,
  classSet,
  classSetTable,
  IGNORED_LABEL,
} from '@oneface/common/classes/class-sets';
import { expected } from '@oneface/common/errors/errors';
import type { LabelMap, Raster } from '@oneface/common/images/raster';
import { readIndexPng } from '../images/index-png.js';
import { readRaster } from '../images/read-picture.js';

/** What the numbers in a folder's masks mean: CelebAMask-HQ's 19 indices, or labels of a class set. */
export type MaskLabels = 'celebamask-19' | ClassSetId;

export const MASK_LABELS: readonly MaskLabels[] = ['celebamask-19', ...CLASS_SET_IDS];

const PICTURE_ENDINGS = ['.jpg', '.jpeg', '.png', '.webp'];
/** How far the proportions of a photo and its mask may differ: rounding of a shrunk side, no more. */
const PROPORTION_TOLERANCE = 0.01;

/** A photo and its mask. */
export interface SampleFiles {
  readonly name: string;
  readonly picture: string;
  readonly mask: string;
}

/** A folder of photos (`images/NAME.jpg`) and masks (`masks/NAME.png`). */
export interface Dataset {
  readonly name: string;
  readonly labels: MaskLabels;
  /** In order of their names. */
  readonly samples: readonly SampleFiles[];
}

/**
 * Lists the photos and masks of a folder.
 *
 * @param labels what the numbers in the masks mean, one of `MASK_LABELS`
 * @param limit takes only the first so many
 * @throws InputError when the folder is not laid out so, a photo has no mask or a mask no photo
 */
export async function openDataset(folder: string, labels: string, limit = Infinity): Promise<Dataset> {
  const known = MASK_LABELS.find((name) => name === labels);
  if (known === undefined) throw expected(`one of ${MASK_LABELS.join(', ')}`, '--labels', labels);
  if (!(limit >= 1)) throw expected('1 or more', 'the number of pictures', limit);
  const pictures = await filesByName(join(folder, 'images'), PICTURE_ENDINGS);
  const masks = await filesByName(join(folder, 'masks'), ['.png']);
  for (const name of masks.keys()) {
    if (!pictures.has(name)) throw expected('a photo', `the mask ${name}`, undefined);
  }
  const samples = [...pictures].map(([name, picture]) => {
    const mask = masks.get(name);
    if (mask === undefined) throw expected('a mask', `the photo ${name}`, undefined);
    return { name, picture, mask };
  });
  if (samples.length === 0) throw expected('photos', `${folder}/images`, undefined);
  return { name: basename(resolve(folder)), labels: known, samples: samples.slice(0, limit) };
}

/**
 * Reads a photo and its mask.
 *
 * @param set what the mask is to be measured in
 * @returns the photo, and the mask in labels of `set` with `IGNORED_LABEL` where it has no class
 * @throws InputError when a file cannot be read, the two differ in proportion, or the mask holds a number
 *   that `labels` does not know
 */
export async function readSample(
  files: SampleFiles,
  labels: MaskLabels,
  set: ClassSet,
): Promise<{ picture: Raster; truth: LabelMap }> {
  const [picture, mask] = await Promise.all([readRaster(files.picture), readIndexPng(files.mask)]);
  const proportion = (mask.width * picture.height) / (mask.height * picture.width);
  if (Math.abs(proportion - 1) > PROPORTION_TOLERANCE) {
    const received = `${mask.width}x${mask.height}`;
    throw expected(`the proportions of ${picture.width}x${picture.height}`, files.mask, received);
  }
  const { count, table } = maskTable(labels, set);
  const data = mask.data.map((index) => {
    if (index >= count && index !== IGNORED_LABEL) {
      throw expected(`indices below ${count} (${labels})`, files.mask, index);
    }
    return table[index];
  });
  return { picture, truth: { width: mask.width, height: mask.height, data } };
}

/** The number of indices that a mask may hold, and the table from them to labels of the set. */
function maskTable(labels: MaskLabels, set: ClassSet): { count: number; table: Uint8Array } {
  if (labels === 'celebamask-19') return { count: CELEBAMASK_LABELS.length, table: celebaMaskTable(set) };
  const from = classSet(labels);
  return { count: from.classes.length, table: classSetTable(from, set) };
}

/** Files with one of the endings, by name without ending, sorted. */
async function filesByName(folder: string, endings: readonly string[]): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const file of (await list(folder)).sort()) {
    const ending = extname(file);
    if (!endings.includes(ending.toLowerCase()) || file.startsWith('.')) continue;
    const name = basename(file, ending);
    const other = files.get(name);
    if (other !== undefined)
      throw expected(`one file named ${name}`, folder, `${basename(other)} and ${file}`);
    files.set(name, join(folder, file));
  }
  return files;
}

async function list(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (cause) {
    throw expected('a folder that can be read', folder, cause, { cause });
  }
}
