import { Generator } from '@oneface/trainer/gan/generator';
import { latentsOfSeeds } from '@oneface/trainer/gan/pictures';
import { GeneratorWeights } from '@oneface/trainer/gan/weights';
import { tf } from '@oneface/trainer/tensorflow/tensorflow';
import { onlyFloats } from '@oneface/trainer/tensors/safetensors';
import { readSafetensors } from '@oneface/trainer/tensors/safetensors-file';
import test from 'ava';
import { projectFile } from '../support/paths.js';

const file = projectFile('models/generator/generator.safetensors');
const tensors = onlyFloats((await readSafetensors(file)).tensors, file);

test('a generator without a stored average truncates towards the mean of many latents', (t) => {
  const stored = new Generator(new GeneratorWeights(tensors));
  const bare = new Map(tensors);
  t.true(bare.delete('latent_avg'));
  const generator = new Generator(new GeneratorWeights(bare));
  const z = latentsOfSeeds([1, 2, 3, 4], generator.latentSize);
  const w = generator.map(z);
  const centre = (of: Generator) => of.truncate(w, 0).slice([0, 0], [1, -1]);
  const length = (x: tf.Tensor) => x.norm().dataSync()[0];
  const apart = length(centre(generator).sub(centre(stored)));
  const spread = length(w.slice([0, 0], [1, -1]).sub(centre(stored)));
  t.true(apart < 0.15 * spread, `${apart} of ${spread}`);
  // The same average every time: pictures of a seed do not change between two runs.
  t.deepEqual(
    generator.truncate(w, 0.7).dataSync(),
    new Generator(new GeneratorWeights(bare)).truncate(w, 0.7).dataSync(),
  );
  t.true(generator.truncate(w, 1).sub(w).abs().max().dataSync()[0] < 1e-5);
});

test('a generator frees all its tensors', (t) => {
  const { numTensors } = tf.memory();
  const generator = new Generator(new GeneratorWeights(tensors));
  tf.tidy(() => {
    const w = generator.map(latentsOfSeeds([1], generator.latentSize));
    generator.synthesize(generator.truncate(w, 0.7));
  });
  t.true(tf.memory().numTensors > numTensors);
  generator.dispose();
  t.is(tf.memory().numTensors, numTensors);
});
