import { type ClassSet, classSet } from '@oneface/common/classes/class-sets';
import { expected } from '@oneface/common/errors/errors';
import { readSafetensors, writeSafetensors } from '../tensors/safetensors-file.js';
import type { FoldedNetwork } from './architecture.js';
import { foldedNetworkFromTensors, foldedNetworkToTensors } from './folded-network.js';

/** A trained auto-shot segmenter and what its labels mean. */
export interface StoredAutoShot {
  readonly network: FoldedNetwork;
  readonly classSet: ClassSet;
}

/** Writes an auto-shot segmenter as safetensors; architecture and class set stand in the metadata. */
export async function writeAutoShot(file: string, { network, classSet: set }: StoredAutoShot): Promise<void> {
  const { tensors, metadata } = foldedNetworkToTensors(network);
  await writeSafetensors(file, tensors, { ...metadata, classSet: set.id });
}

/**
 * Reads what `writeAutoShot` wrote.
 *
 * @throws InputError when the file is no auto-shot segmenter
 */
export async function readAutoShot(file: string): Promise<StoredAutoShot> {
  const stored = await readSafetensors(file);
  if (stored.metadata.classSet === undefined) throw expected('a class set', file, undefined);
  const set = classSet(stored.metadata.classSet);
  const network = foldedNetworkFromTensors(stored);
  if (network.architecture.classes !== set.classes.length) {
    throw expected(`${set.classes.length} classes`, file, network.architecture.classes);
  }
  return { network, classSet: set };
}
