import util from 'node:util';
import { tf } from '@oneface/trainer/tensorflow/tensorflow';
import test from 'ava';

test("the trainer computes on TensorFlow's native library", (t) => {
  t.is(tf.getBackend(), 'tensorflow');
  const product: tf.Tensor2D = tf.matMul(tf.tensor2d([[1, 2]]), tf.tensor2d([[3], [4]]));
  t.deepEqual(product.arraySync(), [[11]]);
});

test('kernels that call what Node 23 dropped still run', (t) => {
  t.true('isNullOrUndefined' in util);
  const { values } = tf.topk(tf.tensor1d([3, 1, 2]), 2);
  t.deepEqual([...values.dataSync()], [3, 2]);
});

test('kernels run without a warning of Node about what they call', async (t) => {
  const warnings: string[] = [];
  process.on('warning', ({ message }) => warnings.push(message));
  tf.topk(tf.tensor1d([3, 1, 2]), 2);
  tf.concat(tf.split(tf.ones([4, 4]), 2));
  await new Promise(setImmediate);
  t.deepEqual(warnings, []);
});
