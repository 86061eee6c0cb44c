import type { tf } from '../tensorflow/tensorflow.js';
import type { Tensor } from '../tensors/tensor.js';

/** A network whose weights can be trained, written to a file and taken back. */
export interface Trainable {
  /** What the optimiser changes, in a fixed order. */
  readonly variables: tf.Variable[];
  /** A copy of all weights by name. */
  weights(): Map<string, Tensor>;
  /** @throws InputError when a weight is missing or has another shape */
  setWeights(tensors: ReadonlyMap<string, Tensor>): void;
}
