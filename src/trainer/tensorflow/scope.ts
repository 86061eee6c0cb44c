import { tf } from './tensorflow.js';

/**
 * Runs a computation and frees every tensor that it made: `tf.tidy` for results that are not tensors.
 *
 * @param compute returns plain values; a tensor in them would be freed
 */
export function inScope<T>(compute: () => T): T {
  let result: T | undefined;
  tf.tidy(() => {
    result = compute();
  });
  return result as T;
}
