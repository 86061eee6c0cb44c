/**
 * TensorFlow.js on its native library: the one door through which the trainer reaches it.
 *
 * `tf` serves as value and as namespace of types (`tf.tidy`, `tf.Tensor4D`). Importing it throws
 * `UnavailableError` where the native library is missing; a slower backend never steps in.
 */
import './native-library.js';
import * as tf from '@tensorflow/tfjs-node';

export { tf };
