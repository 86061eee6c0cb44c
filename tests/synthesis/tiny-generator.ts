import { classSet } from '@oneface/common/classes/class-sets';
import type { StoredFewShot } from '@oneface/trainer/few-shot/few-shot-file';
import { FewShotSegmenter } from '@oneface/trainer/few-shot/network';
import { Generator } from '@oneface/trainer/gan/generator';
import { GeneratorWeights } from '@oneface/trainer/gan/weights';
import { NumpyRandom } from '@oneface/trainer/random/numpy-random';
import { onlyFloats } from '@oneface/trainer/tensors/safetensors';
import { readSafetensors } from '@oneface/trainer/tensors/safetensors-file';
import { fixture } from '../checkpoints/support.js';

/** A generator of 8 px with random weights. */
export async function tinyGenerator(): Promise<Generator> {
  const file = fixture('rosinality.safetensors');
  return new Generator(new GeneratorWeights(onlyFloats((await readSafetensors(file)).tensors, file)));
}

/** A few-shot segmenter for it that has learnt nothing. */
export function tinySegmenter(generator: Generator): StoredFewShot {
  const random = new NumpyRandom(1);
  const set = classSet('face-3');
  const shape = {
    featureChannels: generator.featureChannels,
    classes: set.classes.length,
    head: 'mlp',
  } as const;
  return { network: new FewShotSegmenter(shape, (count) => random.randn(count)), classSet: set };
}
