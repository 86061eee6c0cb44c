import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from '@oneface/common/errors/errors';
import { loadGeneratorWeights } from '@oneface/trainer/checkpoints/generator-format';
import { importGan, readGan } from '@oneface/trainer/checkpoints/import-gan';
import { Generator } from '@oneface/trainer/gan/generator';
import { GeneratorWeights } from '@oneface/trainer/gan/weights';
import { tf } from '@oneface/trainer/tensorflow/tensorflow';
import { onlyFloats } from '@oneface/trainer/tensors/safetensors';
import { readSafetensors } from '@oneface/trainer/tensors/safetensors-file';
import type { Tensor } from '@oneface/trainer/tensors/tensor';
import test from 'ava';
import { temporaryFolder } from '../support/temporary-folder.js';
import { comparable, fixture } from './support.js';

/** Share of the value range; the same bound as for the project's own checkpoint. */
const TOLERANCE = 1e-3;

async function floatsOf(file: string): Promise<Map<string, Tensor>> {
  return onlyFloats((await readSafetensors(file)).tensors, file);
}

function required(tensors: ReadonlyMap<string, Tensor>, name: string): Tensor {
  const tensor = tensors.get(name);
  if (tensor === undefined) throw new Error(`no ${name} among ${[...tensors.keys()]}`);
  return tensor;
}

for (const name of ['nvidia', 'nvidia-protocol-2', 'rosinality', 'rosinality-legacy']) {
  test(`${name}: every tensor has the native name and the values that torch holds`, async (t) => {
    const file = name.startsWith('nvidia') ? `${name}.pkl` : `${name}.pt`;
    const { tensors, source } = await readGan(fixture(file));
    const layout = name.startsWith('nvidia') ? 'nvidia' : 'rosinality';
    t.is(source.layout, layout);
    t.is(source.file, file);
    t.deepEqual(comparable(tensors), comparable(await floatsOf(fixture(`${layout}.safetensors`))));
  });
}

test("a generator in NVIDIA's layout makes the pictures that torch makes", async (t) => {
  const { tensors } = await readGan(fixture('nvidia.pkl'));
  const reference = await floatsOf(fixture('nvidia-reference.safetensors'));
  const generator = new Generator(new GeneratorWeights(tensors));
  const z = required(reference, 'z');
  const w = generator.map(tf.tensor2d(z.data, z.shape as [number, number]));
  const picture = generator.synthesize(w).picture.transpose([0, 3, 1, 2]);
  for (const [actual, name] of [
    [w, 'w'],
    [picture, 'image_nchw'],
  ] as const) {
    const { shape, data } = required(reference, name);
    const wanted = tf.tensor(data, [...shape]);
    t.deepEqual(actual.shape, wanted.shape);
    const [largest = Number.NaN] = actual
      .sub(wanted)
      .abs()
      .max()
      .div(wanted.max().sub(wanted.min()))
      .dataSync();
    t.true(largest < TOLERANCE, `${name} differs by ${largest} of its range`);
  }
  generator.dispose();
});

test('an imported generator is written with a card and loads again', async (t) => {
  const folder = join(await temporaryFolder(t), 'native');
  const file = fixture('nvidia.pkl');
  const steps: [number, number][] = [];
  const card = await importGan(file, folder, (done, total) => steps.push([done, total]));
  t.deepEqual((await readdir(folder)).sort(), ['generator.json', 'generator.safetensors']);
  const sha256 = createHash('sha256');
  t.like(card, {
    formatVersion: 1,
    source: {
      file: 'nvidia.pkl',
      sha256: sha256.update(await readFile(file)).digest('hex'),
      container: 'pickle',
      layout: 'nvidia',
    },
    resolution: 8,
    zSize: 7,
    wSize: 6,
    mappingLayers: 2,
    channels: [5, 4],
    hasNoiseMaps: true,
    hasLatentAverage: true,
  });
  const loaded = await loadGeneratorWeights(folder);
  t.deepEqual(loaded.card, card);
  t.deepEqual(comparable(loaded.tensors), comparable(await floatsOf(fixture('nvidia.safetensors'))));
  t.is(steps.length, loaded.tensors.size);
  t.deepEqual(steps.at(-1), [loaded.tensors.size, loaded.tensors.size]);
});

test('a checkpoint that is refused leaves an earlier import as it was', async (t) => {
  const folder = await temporaryFolder(t);
  await importGan(fixture('rosinality.pt'), folder);
  const before = await readFile(join(folder, 'generator.json'), 'utf8');
  await t.throwsAsync(importGan(fixture('resnet.pth'), folder), { instanceOf: InputError });
  t.is(await readFile(join(folder, 'generator.json'), 'utf8'), before);
  t.deepEqual((await readdir(folder)).sort(), ['generator.json', 'generator.safetensors']);
});

test('an import over the generator of another checkpoint is refused, and leaves it as it was', async (t) => {
  const folder = await temporaryFolder(t);
  const card = join(folder, 'generator.json');
  await importGan(fixture('rosinality.pt'), folder);
  const refused = async () => {
    const files = () =>
      Promise.all(['generator.json', 'generator.safetensors'].map((name) => readFile(join(folder, name))));
    const before = await files();
    await t.throwsAsync(importGan(fixture('nvidia.pkl'), folder), {
      instanceOf: InputError,
      message: `Expected a folder without another generator for --out but received "${card}"`,
    });
    t.deepEqual(await files(), before);
  };
  await refused();
  await writeFile(card, 'torn');
  await refused();
});

test('an import of the same checkpoint again mends what is damaged', async (t) => {
  const folder = await temporaryFolder(t);
  const card = await importGan(fixture('nvidia.pkl'), folder);
  await writeFile(join(folder, 'generator.safetensors'), 'torn');
  t.deepEqual(await importGan(fixture('nvidia.pkl'), folder), card);
  t.deepEqual((await loadGeneratorWeights(folder)).card, card);
});
