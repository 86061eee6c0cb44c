import { Generator } from '@oneface/trainer/gan/generator';
import { GeneratorWeights } from '@oneface/trainer/gan/weights';
import { tf } from '@oneface/trainer/tensorflow/tensorflow';
import { onlyFloats } from '@oneface/trainer/tensors/safetensors';
import { readSafetensors } from '@oneface/trainer/tensors/safetensors-file';
import type { Tensor } from '@oneface/trainer/tensors/tensor';
import test from 'ava';
import { projectFile } from '../support/paths.js';

/** Share of a value's range that an independent implementation's result may lie away. */
const TOLERANCE = 1e-3;

async function floatsOf(file: string): Promise<Map<string, Tensor>> {
  return onlyFloats((await readSafetensors(file)).tensors, file);
}

const reference = await floatsOf(projectFile('tests/gan/fixtures/reference.safetensors'));
const weights = new GeneratorWeights(await floatsOf(projectFile('models/generator/generator.safetensors')));
const generator = new Generator(weights);
const z = tf.tensor2d(expectedOf('z').data, expectedOf('z').shape as [number, number]);
const w = generator.truncate(generator.map(z), 0.7);
const { picture, features } = generator.synthesize(w);

function expectedOf(name: string): Tensor {
  const tensor = reference.get(name);
  if (tensor === undefined) throw new Error(`the reference holds no ${name}`);
  return tensor;
}

/** Largest difference, as a share of the reference's range of values. */
function difference(actual: tf.Tensor, name: string): number {
  const { shape, data } = expectedOf(name);
  return tf.tidy(() => {
    const wanted = tf.tensor(data, [...shape]);
    const range = wanted.max().sub(wanted.min());
    return actual.sub(wanted).abs().max().div(range).dataSync()[0] as number;
  });
}

function nchw(x: tf.Tensor): tf.Tensor {
  return x.transpose([0, 3, 1, 2]);
}

test('the mapping network agrees with an independent implementation', (t) => {
  t.true(difference(generator.map(z), 'w') < TOLERANCE);
});

test('truncation agrees with an independent implementation', (t) => {
  t.true(difference(w, 'w_truncated') < TOLERANCE);
});

test('pictures with the stored noise agree with an independent implementation', (t) => {
  t.true(difference(nchw(picture), 'image_nchw') < TOLERANCE);
});

test('pictures without noise agree with an independent implementation', (t) => {
  const plain = generator.synthesize(w, 'none').picture;
  t.true(difference(nchw(plain), 'image_without_noise_nchw') < TOLERANCE);
});

test('every feature map agrees with an independent implementation', (t) => {
  const layers = [...reference.keys()].filter((name) => name.endsWith('_mean')).length;
  t.is(features.length, layers);
  features.forEach((feature, index) => {
    const { mean, variance } = tf.moments(feature, [1, 2]);
    const [, height, width] = feature.shape;
    const middle = feature.slice([0, height / 2, width / 2, 0], [-1, 1, 1, -1]).squeeze([1, 2]);
    const corner = nchw(feature.slice([0, 0, 0, 0], [-1, 2, 2, -1]));
    t.true(difference(mean, `feature_${index}_mean`) < TOLERANCE, `mean of layer ${index}`);
    t.true(difference(variance.sqrt(), `feature_${index}_std`) < TOLERANCE, `deviation of layer ${index}`);
    t.true(difference(middle, `feature_${index}_centre`) < TOLERANCE, `centre of layer ${index}`);
    t.true(difference(corner, `feature_${index}_corner`) < TOLERANCE, `corner of layer ${index}`);
  });
});

test('sizes follow from the tensors', (t) => {
  t.is(generator.resolution, expectedOf('image_nchw').shape[2]);
  t.is(generator.latentSize, expectedOf('z').shape[1]);
  t.deepEqual(
    generator.featureChannels,
    features.map((feature) => feature.shape[3]),
  );
  t.deepEqual(
    generator.featureSizes,
    features.map((feature) => feature.shape[1]),
  );
});

test('truncation takes one strength for each latent', (t) => {
  const each = generator.truncate(generator.map(z), [1, 0.7, 0.5, 0]);
  const rows = tf.unstack(each);
  t.true(difference(rows[1].expandDims(), 'w_truncated') >= 0);
  t.deepEqual(Array.from(rows[1].dataSync()), Array.from(tf.unstack(w)[1].dataSync()));
  t.deepEqual(
    Array.from(rows[3].dataSync()),
    Array.from(generator.truncate(generator.map(z), 0).slice([3, 0], [1, -1]).dataSync()),
  );
});
