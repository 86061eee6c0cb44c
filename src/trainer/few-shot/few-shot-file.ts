import { type ClassSet, classSet } from '@oneface/common/classes/class-sets';
import { expected } from '@oneface/common/errors/errors';
import { onlyFloats } from '../tensors/safetensors.js';
import { readSafetensors, writeSafetensors } from '../tensors/safetensors-file.js';
import { FEW_SHOT_HEADS, FewShotSegmenter } from './network.js';

/** A trained few-shot segmenter and what its labels mean. */
export interface StoredFewShot {
  readonly network: FewShotSegmenter;
  readonly classSet: ClassSet;
}

/** Writes a few-shot segmenter as safetensors; class set and head stand in the metadata. */
export async function writeFewShot(file: string, network: FewShotSegmenter, set: ClassSet): Promise<void> {
  await writeSafetensors(file, network.weights(), {
    classSet: set.id,
    head: network.shape.head,
  });
}

/**
 * Reads what `writeFewShot` wrote.
 *
 * @param featureChannels channels of the feature layers of the generator that it is to work with
 * @throws InputError when the file is no few-shot segmenter or belongs to a generator of other sizes
 */
export async function readFewShot(file: string, featureChannels: readonly number[]): Promise<StoredFewShot> {
  const { tensors, metadata } = await readSafetensors(file);
  if (metadata.classSet === undefined) throw expected('a class set', file, undefined);
  const set = classSet(metadata.classSet);
  const head = FEW_SHOT_HEADS.find((name) => name === metadata.head);
  if (head === undefined)
    throw expected(`one of ${FEW_SHOT_HEADS.join(', ')}`, `the head in ${file}`, metadata.head);
  const shape = { featureChannels, classes: set.classes.length, head };
  const network = new FewShotSegmenter(shape, (count) => new Float32Array(count));
  network.setWeights(onlyFloats(tensors, file));
  return { network, classSet: set };
}
