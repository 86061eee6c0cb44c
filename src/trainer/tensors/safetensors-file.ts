import { writeFileAtomic } from '../files/atomic-write.js';
import { readFileWithin } from '../files/bounded-read.js';
import { decodeSafetensors, encodeSafetensors, type Safetensors } from './safetensors.js';
import type { NumericTensor } from './tensor.js';

/** Larger files are refused before anything is read: all tensors are held in memory at once. */
const LARGEST_FILE = 2 ** 32;

/**
 * Reads a safetensors file. `onlyFloats` narrows what it held, where other numbers make no sense.
 *
 * @throws InputError if the file cannot be read, is no safetensors file or is larger than 4 GiB
 */
export async function readSafetensors(file: string): Promise<Safetensors> {
  return decodeSafetensors(await readFileWithin(file, LARGEST_FILE), file);
}

/**
 * Writes tensors to a safetensors file, atomically.
 *
 * @param metadata free text by key
 * @throws InputError if a shape does not hold as many values as its data
 */
export async function writeSafetensors(
  file: string,
  tensors: ReadonlyMap<string, NumericTensor>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  await writeFileAtomic(file, encodeSafetensors(tensors, metadata));
}
