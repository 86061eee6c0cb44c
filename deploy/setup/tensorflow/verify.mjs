/**
 * Run by set-up in a process of its own: loads TensorFlow's native library, has it multiply two matrices and
 * writes what it found as one line of JSON.
 */
import { createRequire } from 'node:module';
import util from 'node:util';

// Node 23 dropped this function, which tfjs-node 4.22 calls.
util.isNullOrUndefined ??= (value) => value === null || value === undefined;

const tf = createRequire(import.meta.url)('@tensorflow/tfjs-node');
const [product] = tf.matMul(tf.tensor2d([[1, 2]]), tf.tensor2d([[3], [4]])).dataSync();
console.log(JSON.stringify({ backend: tf.getBackend(), gpu: tf.backend().isUsingGpuDevice, product }));
