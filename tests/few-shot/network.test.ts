import { InputError } from '@oneface/common/errors/errors';
import { FEW_SHOT_HEADS, type FewShotHead, FewShotSegmenter } from '@oneface/trainer/few-shot/network';
import { NumpyRandom } from '@oneface/trainer/random/numpy-random';
import { tf } from '@oneface/trainer/tensorflow/tensorflow';
import type { Tensor } from '@oneface/trainer/tensors/tensor';
import test from 'ava';
import { type FeatureMap, naiveLogits } from './naive-segmenter.js';

const CHANNELS = [5, 4, 3];
const SIZES = [4, 8, 8];
const CLASSES = 3;

function makeSegmenter(head: FewShotHead, seed = 1): FewShotSegmenter {
  const random = new NumpyRandom(seed);
  const shape = { featureChannels: CHANNELS, classes: CLASSES, head };
  const network = new FewShotSegmenter(shape, (count) => random.randn(count));
  const weights = network.weights();
  // Zero biases would hide a bias that is left out.
  for (const [name, { data }] of weights) if (name.endsWith('.bias')) data.set(random.randn(data.length));
  network.setWeights(weights);
  network.setStatistics({
    mean: CHANNELS.map((count) => random.randn(count)),
    deviation: CHANNELS.map((count) => random.randn(count).map((value) => 0.5 + Math.abs(value))),
  });
  return network;
}

function makeFeatures(seed: number): FeatureMap[] {
  const random = new NumpyRandom(seed);
  return CHANNELS.map((channels, index) => {
    const size = SIZES[index];
    return { size, channels, data: Float64Array.from(random.randn(size * size * channels)) };
  });
}

function toTensor({ size, channels, data }: FeatureMap): tf.Tensor4D {
  return tf.tensor4d(Float32Array.from(data), [1, size, size, channels]);
}

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Array.from(a, (value, at) => Math.abs(value - b[at])).reduce(
    (most, each) => Math.max(most, each),
    0,
  );
}

for (const head of FEW_SHOT_HEADS) {
  // 13 is odd, and less than what the widest holes reach.
  for (const size of [8, 13, 16]) {
    test(`${head}: the split first layer and the head give the numbers of the naive form at ${size} px`, (t) => {
      const network = makeSegmenter(head);
      const features = makeFeatures(2);
      const logits = network.logits(features.map(toTensor), size);
      t.deepEqual(logits.shape, [1, size, size, CLASSES]);
      const naive = naiveLogits(network.weights(), features, size, head);
      const spread = Math.max(...naive.data) - Math.min(...naive.data);
      t.true(spread > 0.1);
      t.true(largestDifference(logits.dataSync(), naive.data) < 1e-5 * spread);
    });
  }

  test(`${head}: every weight's gradient is the slope of the naive form`, (t) => {
    const network = makeSegmenter(head);
    const features = makeFeatures(3);
    const size = 9;
    const wanted = new NumpyRandom(4).randn(size * size * CLASSES);
    const loss = () =>
      network
        .logits(features.map(toTensor), size)
        .mul(tf.tensor4d(wanted, [1, size, size, CLASSES]))
        .sum()
        .asScalar();
    const { grads } = tf.variableGrads(loss, network.variables);
    const weights = network.weights();
    const trained = [...weights.keys()].filter((name) => !/^(mean|deviation)\./.test(name));
    t.is(trained.length, network.variables.length);
    for (const [index, name] of trained.entries()) {
      const gradient = grads[network.variables[index].name].dataSync();
      const place = gradient.length >> 1;
      const slope = slopeAt(weights, name, place, (changed) => {
        const { data } = naiveLogits(changed, features, size, head);
        return data.reduce((sum, value, at) => sum + value * wanted[at], 0);
      });
      t.true(
        Math.abs(gradient[place] - slope) < 1e-3 * (1 + Math.abs(slope)),
        `${name}: ${gradient[place]}, ${slope}`,
      );
    }
  });

  test(`${head}: pictures of a batch do not see each other`, (t) => {
    const network = makeSegmenter(head);
    const one = makeFeatures(5).map(toTensor);
    const other = makeFeatures(6).map(toTensor);
    const both = one.map((layer, index) => tf.concat4d([layer, other[index]], 0));
    const together = network.logits(both, 8);
    const apart = tf.concat4d([network.logits(one, 8), network.logits(other, 8)], 0);
    t.true(largestDifference(together.dataSync(), apart.dataSync()) < 1e-5);
  });
}

function slopeAt(
  weights: ReadonlyMap<string, Tensor>,
  name: string,
  place: number,
  loss: (weights: ReadonlyMap<string, Tensor>) => number,
): number {
  const { shape, data } = weights.get(name) as Tensor;
  const [low, high] = [-1e-3, 1e-3].map((step) => {
    const moved = data.slice();
    moved[place] += step;
    return { at: moved[place], loss: loss(new Map([...weights, [name, { shape, data: moved }]])) };
  });
  return (high.loss - low.loss) / (high.at - low.at);
}

test('a channel that never varies does not blow the features up', (t) => {
  const network = makeSegmenter('mlp');
  const still = CHANNELS.map((count) => new Float32Array(count));
  network.setStatistics({ mean: still, deviation: still });
  const logits = network.logits(makeFeatures(7).map(toTensor), 8).dataSync();
  t.true(logits.every(Number.isFinite));
});

test('dropout follows from its seed, and is for training alone', (t) => {
  const network = makeSegmenter('mlp');
  const features = makeFeatures(8).map(toTensor);
  const logits = (seed?: number) => [...network.logits(features, 8, seed).dataSync()];
  t.deepEqual(logits(1), logits(1));
  t.notDeepEqual(logits(1), logits(2));
  t.notDeepEqual(logits(1), logits());
  t.deepEqual(logits(), logits());
});

test('the weights that are read are a copy', (t) => {
  const network = makeSegmenter('mlp');
  const before = network.weights();
  for (const { data } of network.weights().values()) data.fill(0);
  t.deepEqual(network.weights(), before);
});

test('features of another generator are refused', (t) => {
  const network = makeSegmenter('mlp');
  const features = makeFeatures(9).map(toTensor);
  const refusal = (given: tf.Tensor4D[]) =>
    t.throws(() => network.logits(given, 8), { instanceOf: InputError });
  t.is(
    refusal(features.slice(1)).message,
    'Expected features of 5,4,3 channels for the segmenter but received "4,3"',
  );
  t.regex(
    refusal([...features].reverse()).message,
    /^Expected features of 5,4,3 channels .* received "3,4,5"$/,
  );
});

test('weights that are missing or of another shape are refused', (t) => {
  const network = makeSegmenter('mlp');
  const weights = network.weights();
  weights.delete('labels.bias');
  t.throws(() => network.setWeights(weights), {
    instanceOf: InputError,
    message: 'Expected shape 3 for weight "labels.bias" but received nothing',
  });
  weights.set('labels.bias', { shape: [4], data: new Float32Array(4) });
  t.throws(() => network.setWeights(weights), {
    instanceOf: InputError,
    message: 'Expected shape 3 for weight "labels.bias" but received "4"',
  });
});
