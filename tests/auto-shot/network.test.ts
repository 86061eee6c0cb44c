import { join } from 'node:path';
import { classSet } from '@oneface/common/classes/class-sets';
import { InputError } from '@oneface/common/errors/errors';
import { PIXEL_SCALE, ZERO_PIXEL } from '@oneface/common/images/normalization';
import { unet } from '@oneface/trainer/auto-shot/architecture';
import { readAutoShot, writeAutoShot } from '@oneface/trainer/auto-shot/auto-shot-file';
import { AutoShotNetwork } from '@oneface/trainer/auto-shot/network';
import { floatModel } from '@oneface/trainer/onnx/float-model';
import { ModelSession } from '@oneface/trainer/onnx/session';
import { NumpyRandom } from '@oneface/trainer/random/numpy-random';
import { tf } from '@oneface/trainer/tensorflow/tensorflow';
import test from 'ava';
import { floatReference } from '../onnx/float-reference.js';
import { randomPictures } from '../quantization/random-network.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { plainLogits } from './plain-network.js';

const SIZE = 16;
const CLASSES = 4;
const BATCH = 3;
const ARCHITECTURE = unet(SIZE, CLASSES, [4, 6]);

/** A network as training leaves it: no weight and no average at its start value. */
function usedNetwork(seed: number): AutoShotNetwork {
  const random = new NumpyRandom(seed);
  const network = new AutoShotNetwork(ARCHITECTURE, (count) => random.randn(count));
  const weights = network.weights();
  for (const [name, { data }] of weights) {
    if (name.endsWith('.kernel')) continue;
    const isPositive = name.endsWith('.variance') || name.endsWith('.gamma');
    data.set(random.randn(data.length).map((value) => (isPositive ? 0.3 + value ** 2 : value / 2)));
  }
  network.setWeights(weights);
  return network;
}

function normalise(pictures: readonly Uint8Array[]): tf.Tensor4D {
  const values = pictures.flatMap((picture) =>
    [...picture].map((pixel) => (pixel - ZERO_PIXEL) * PIXEL_SCALE),
  );
  return tf.tensor4d(values, [pictures.length, SIZE, SIZE, 3]);
}

function largestDifference(a: tf.Tensor, b: tf.Tensor): number {
  return a.sub(b).abs().max().dataSync()[0];
}

const pixels = normalise(randomPictures(SIZE, BATCH, 1));

test('in training the logits are those of plain operations, one batch normalised by its own statistics', (t) => {
  const network = usedNetwork(1);
  const weights = new Map(
    [...network.weights()].map(([name, { shape, data }]) => [name, tf.tensor(data, [...shape])]),
  );
  const logits = network.logits(pixels, true);
  t.deepEqual(logits.shape, [BATCH, SIZE / 2, SIZE / 2, CLASSES]);
  t.true(largestDifference(logits, plainLogits(ARCHITECTURE, weights, pixels)) < 1e-4);
});

test("batch norm's gradient, written by hand, is the automatic one", (t) => {
  const network = usedNetwork(2);
  const entries = [...network.weights()].filter(([name]) => !/\.(mean|variance)$/.test(name));
  t.is(entries.length, network.variables.length);
  const wanted = tf.randomNormal([BATCH, SIZE / 2, SIZE / 2, CLASSES], 0, 1, 'float32', 3);
  const lossOf = (logits: tf.Tensor) => logits.mul(wanted).sum().asScalar();

  const { grads } = tf.variableGrads(() => lossOf(network.logits(pixels, true)), network.variables);
  const automatic = tf.grads((...given: tf.Tensor[]) => {
    const weights = new Map(entries.map(([name], index) => [name, given[index]]));
    return lossOf(plainLogits(ARCHITECTURE, weights, pixels));
  })(entries.map(([, { shape, data }]) => tf.tensor(data, [...shape])));

  for (const [index, [name]] of entries.entries()) {
    const gradient = grads[network.variables[index].name];
    const [size] = automatic[index].abs().max().dataSync();
    t.true(size > 1e-3, `${name} has a gradient`);
    t.true(largestDifference(gradient, automatic[index]) < 1e-3 * size, name);
  }
});

test('the averages move towards the statistics of the batches, and inference uses them', (t) => {
  const network = usedNetwork(4);
  const before = network.logits(pixels, false);
  const trained = network.logits(pixels, true);
  t.true(largestDifference(before, trained) > 0.1);
  for (let step = 0; step < 400; step++) tf.dispose(network.logits(pixels, true));
  t.true(largestDifference(network.logits(pixels, false), trained) < 1e-2);
});

test('inference changes no weight and no average', (t) => {
  const network = usedNetwork(5);
  const before = network.weights();
  network.logits(pixels, false);
  t.deepEqual(network.weights(), before);
  network.logits(pixels, true);
  t.notDeepEqual(network.weights(), before);
});

test('folding leaves the network as it is and gives one with the same logits, here and in ONNX Runtime', async (t) => {
  const network = usedNetwork(6);
  const before = network.weights();
  const folded = network.fold();
  t.deepEqual(network.weights(), before);
  const session = await ModelSession.open(floatModel(folded), SIZE);
  for (const picture of randomPictures(SIZE, 2, 7)) {
    const logits = network.logits(normalise([picture]), false);
    const spread = logits.max().sub(logits.min()).dataSync()[0];
    const plain = tf.tensor4d(Float32Array.from(floatReference(folded, picture).data), logits.shape);
    t.true(largestDifference(logits, plain) < 1e-5 * spread);

    const outputs = await session.run(picture);
    const onnx = tf.tensor4d(outputs.get('logits') as Float32Array, [1, CLASSES, SIZE / 2, SIZE / 2]);
    t.true(largestDifference(logits, onnx.transpose([0, 2, 3, 1])) < 1e-5 * spread);
    t.deepEqual([...(outputs.get('labels') as Uint8Array)], [...logits.argMax(3).dataSync()]);
  }
  await session.close();
});

test('a network that was written is read back', async (t) => {
  const file = join(await temporaryFolder(t), 'auto-shot.safetensors');
  const stored = { network: usedNetwork(8).fold(), classSet: classSet('face-3') };
  await writeAutoShot(file, stored);
  t.deepEqual(await readAutoShot(file), stored);
  await writeAutoShot(file, { ...stored, classSet: classSet('face-10') });
  await t.throwsAsync(readAutoShot(file), {
    instanceOf: InputError,
    message: `Expected 10 classes for ${file} but received 4`,
  });
});

test('weights of another architecture are refused', (t) => {
  const other = new AutoShotNetwork(unet(SIZE, CLASSES, [4, 5]), (count) => new Float32Array(count));
  t.throws(() => usedNetwork(9).setWeights(other.weights()), {
    instanceOf: InputError,
    message: 'Expected shape 3x3x4x6 for weight "down1a.kernel" but received "3x3x4x5"',
  });
});
