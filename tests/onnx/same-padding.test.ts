import { PIXEL_SCALE, ZERO_PIXEL } from '@oneface/common/images/normalization';
import { type Architecture, PIXELS } from '@oneface/trainer/auto-shot/architecture';
import { floatModel } from '@oneface/trainer/onnx/float-model';
import { samePadding } from '@oneface/trainer/onnx/segmenter-graph';
import { ModelSession } from '@oneface/trainer/onnx/session';
import { tf } from '@oneface/trainer/tensorflow/tensorflow';
import test from 'ava';
import { randomNetwork, randomPictures } from '../quantization/random-network.js';

test('padding puts the odd pixel at the far side', (t) => {
  t.deepEqual(samePadding(8, 3, 2), [0, 1]);
  t.deepEqual(samePadding(7, 3, 2), [1, 1]);
  t.deepEqual(samePadding(8, 3, 1), [1, 1]);
  t.deepEqual(samePadding(8, 1, 2), [0, 0]);
});

for (const size of [7, 8]) {
  for (const kernel of [1, 3] as const) {
    for (const stride of [1, 2] as const) {
      test(`a ${kernel}x${kernel} convolution with stride ${stride} over ${size} pixels agrees with TensorFlow`, async (t) => {
        const layer = {
          op: 'conv',
          name: 'only',
          input: PIXELS,
          filters: 2,
          kernel,
          stride,
          activation: 'none',
        } as const;
        const outputSize = Math.ceil(size / stride);
        const architecture: Architecture = { inputSize: size, outputSize, classes: 2, layers: [layer] };
        const network = randomNetwork(architecture, size * kernel);
        const [pixels] = randomPictures(size, 1, 1);
        if (pixels === undefined) return t.fail();
        const session = await ModelSession.open(floatModel(network), size);
        const logits = (await session.run(pixels)).get('logits');
        await session.close();
        const weights = network.convolutions.get('only');
        if (weights === undefined) return t.fail();
        const expected = tf.tidy(() => {
          const input = tf.tensor4d(pixels, [1, size, size, 3], 'float32').sub(ZERO_PIXEL).mul(PIXEL_SCALE);
          const filters = tf.tensor4d(weights.kernel, [...weights.kernelShape]);
          const sums = tf
            .conv2d(input as tf.Tensor4D, filters, stride, 'same')
            .add(tf.tensor1d(weights.bias));
          return tf.transpose(sums, [0, 3, 1, 2]).dataSync();
        });
        t.is(logits?.length, expected.length);
        t.true(logits?.every((value, i) => Math.abs(value - (expected[i] ?? Infinity)) < 1e-5));
      });
    }
  }
}
