import { expected } from '@oneface/common/errors/errors';
import { tf } from '../tensorflow/tensorflow.js';
import type { Tensor } from '../tensors/tensor.js';

/** A copy of variables' values by name, for writing to a file. */
export function copyWeights(variables: Iterable<readonly [string, tf.Variable]>): Map<string, Tensor> {
  const tensors = new Map<string, Tensor>();
  for (const [name, variable] of variables) {
    tensors.set(name, { shape: variable.shape, data: variable.dataSync<'float32'>().slice() });
  }
  return tensors;
}

/**
 * Gives variables the values that `copyWeights` took.
 *
 * @throws InputError when one is missing or has another shape
 */
export function assignWeights(
  variables: Iterable<readonly [string, tf.Variable]>,
  tensors: ReadonlyMap<string, Tensor>,
): void {
  for (const [name, variable] of variables) {
    const given = tensors.get(name);
    if (given === undefined || given.shape.join() !== variable.shape.join()) {
      throw expected(`shape ${variable.shape.join('x')}`, `weight "${name}"`, given?.shape.join('x'));
    }
    tf.tidy(() => variable.assign(tf.tensor(given.data, [...given.shape])));
  }
}
