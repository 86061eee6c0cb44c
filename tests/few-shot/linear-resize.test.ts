import { resizeLinear } from '@oneface/trainer/few-shot/linear-resize';
import { NumpyRandom } from '@oneface/trainer/random/numpy-random';
import { tf } from '@oneface/trainer/tensorflow/tensorflow';
import test from 'ava';
import { enlarged } from './naive-segmenter.js';

const CHANNELS = 3;
const TOLERANCE = 1e-5;

function drawn(size: number, seed: number, batch = 1): tf.Tensor4D {
  return tf.tensor4d(new NumpyRandom(seed).randn(batch * size * size * CHANNELS), [
    batch,
    size,
    size,
    CHANNELS,
  ]);
}

function difference(a: tf.Tensor, b: tf.Tensor): number {
  return a.sub(b).abs().max().dataSync()[0];
}

function dot(a: tf.Tensor, b: tf.Tensor): number {
  return a.mul(b).sum().dataSync()[0];
}

for (const [from, to] of [
  [4, 8],
  [4, 64],
  [3, 7],
  [5, 13],
  [1, 4],
  [6, 6],
] as const) {
  test(`${from} to ${to} px agrees with plain loops and with TensorFlow's own resize`, (t) => {
    const x = drawn(from, 1, 2);
    const resized = resizeLinear(x, to);
    t.deepEqual(resized.shape, [2, to, to, CHANNELS]);
    for (const [index, picture] of tf.unstack(x).entries()) {
      const { data } = enlarged(
        { size: from, channels: CHANNELS, data: Float64Array.from(picture.dataSync()) },
        to,
      );
      const wanted = tf.tensor4d(Float32Array.from(data), [1, to, to, CHANNELS]);
      t.true(difference(resized.slice([index, 0, 0, 0], [1, -1, -1, -1]), wanted) < TOLERANCE);
    }
    t.true(difference(resized, tf.image.resizeBilinear(x, [to, to], false, true)) < TOLERANCE);
  });

  test(`${from} to ${to} px: the gradient is the transpose of the resize`, (t) => {
    const weight = drawn(to, 2);
    const gradient = tf.grad((x) =>
      resizeLinear(x as tf.Tensor4D, to)
        .mul(weight)
        .sum(),
    );
    const back = gradient(drawn(from, 3));
    t.deepEqual(back.shape, [1, from, from, CHANNELS]);
    for (const seed of [4, 5, 6]) {
      const x = drawn(from, seed);
      const forward = dot(resizeLinear(x, to), weight);
      t.true(Math.abs(forward - dot(x, back)) < 1e-4 * Math.max(1, Math.abs(forward)));
    }
  });
}
