import { expected } from '@oneface/common/errors/errors';
import { tf } from '../tensorflow/tensorflow.js';
import type { Tensor } from '../tensors/tensor.js';

/** A generator's tensors by name, turned into TensorFlow's as they are asked for. */
export class GeneratorWeights {
  readonly #tensors: ReadonlyMap<string, Tensor>;
  readonly #kept: tf.Tensor[] = [];

  constructor(tensors: ReadonlyMap<string, Tensor>) {
    this.#tensors = tensors;
  }

  has(name: string): boolean {
    return this.#tensors.has(name);
  }

  /** @throws InputError when there is no tensor of that name */
  tensor(name: string): tf.Tensor {
    const found = this.#tensors.get(name);
    if (found === undefined) throw expected(`a tensor "${name}"`, 'the generator', undefined);
    return tf.tensor(found.data, [...found.shape]);
  }

  /**
   * Makes a tensor from stored ones and keeps it until `dispose`, whatever scope it is made in.
   *
   * @param build may make tensors on the way; they are freed
   */
  keep<T extends tf.Tensor>(build: () => tf.Tensor): T {
    const kept = tf.keep(tf.tidy(build));
    this.#kept.push(kept);
    return kept as T;
  }

  /** Frees everything that `keep` made. */
  dispose(): void {
    tf.dispose(this.#kept.splice(0));
  }
}
