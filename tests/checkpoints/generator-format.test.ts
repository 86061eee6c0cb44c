import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError, IntegrityError } from '@oneface/common/errors/errors';
import { loadGeneratorWeights, saveGeneratorWeights } from '@oneface/trainer/checkpoints/generator-format';
import { measureGenerator } from '@oneface/trainer/checkpoints/generator-sizes';
import { importGan, type ReadGan, readGan } from '@oneface/trainer/checkpoints/import-gan';
import test, { type ExecutionContext } from 'ava';
import { temporaryFolder } from '../support/temporary-folder.js';
import { fixture } from './support.js';

const checkpoint = await readGan(fixture('rosinality.pt'));

async function saved(t: ExecutionContext, { tensors, source }: ReadGan = checkpoint): Promise<string> {
  const folder = await temporaryFolder(t);
  await saveGeneratorWeights(folder, tensors, source);
  return folder;
}

/** The shapes of a good generator with some changed; undefined takes one away. */
function shapes(changes: Record<string, number[] | undefined> = {}): Map<string, readonly number[]> {
  const all = new Map([...checkpoint.tensors].map(([name, { shape }]) => [name, shape]));
  for (const [name, shape] of Object.entries(changes)) {
    if (shape === undefined) all.delete(name);
    else all.set(name, shape);
  }
  return all;
}

test('sizes come from the tensors', (t) => {
  t.deepEqual(measureGenerator(shapes(), 'the file'), {
    resolution: 8,
    zSize: 7,
    wSize: 6,
    mappingLayers: 2,
    channels: [5, 4],
  });
});

test('noise maps and the average latent may be missing', async (t) => {
  const bare = [...checkpoint.tensors].filter(([name]) => !/^noises|^latent/.test(name));
  const folder = await saved(t, { ...checkpoint, tensors: new Map(bare) });
  const { card } = await loadGeneratorWeights(folder);
  t.false(card.hasNoiseMaps);
  t.false(card.hasLatentAverage);
  t.is(card.resolution, 8);
});

test('shapes that do not fit each other are refused and the tensor is named', (t) => {
  const broken: Record<string, Record<string, number[] | undefined>> = {
    'style.1.bias': { 'style.1.bias': [7] },
    'style.2.weight': { 'style.2.weight': [6, 7] },
    'input.input': { 'input.input': [1, 4, 4, 4] },
    'conv1.conv.weight': { 'conv1.conv.weight': [1, 5, 5, 1, 1] },
    'convs.1.conv.modulation.weight': { 'convs.1.conv.modulation.weight': [5, 6] },
    'convs.1.activate.bias': { 'convs.1.activate.bias': undefined },
    'to_rgbs.0.conv.weight': { 'to_rgbs.0.conv.weight': [1, 4, 4, 1, 1] },
    'noises.noise_2': { 'noises.noise_2': [1, 1, 16, 16] },
    'all noise maps or none': { 'noises.noise_1': undefined },
    latent_avg: { latent_avg: [7] },
    'to_rgbs.1.bias': { 'to_rgbs.1.bias': [1, 3, 1, 1] },
    'a size on axis 1': { 'conv1.conv.weight': [] },
    'the mapping network': { 'style.1.weight': undefined },
  };
  for (const [named, changes] of Object.entries(broken)) {
    const error = t.throws(
      () => measureGenerator(shapes(changes), 'the file'),
      { instanceOf: InputError },
      named,
    );
    t.true(error?.message.includes(named), error?.message);
  }
});

test('a generator of absurd size is refused by its shapes alone', (t) => {
  const huge = 2 ** 20;
  const grown = [...shapes()].map(([name, shape]): [string, number[]] => [
    name,
    shape.map((axis) => (axis === 6 ? huge : axis)),
  ]);
  const error = t.throws(() => measureGenerator(new Map(grown), 'the file'), { instanceOf: InputError });
  t.regex(error?.message ?? '', /at most 268435456 values/);
});

test('weights of another import than the card are refused', async (t) => {
  const folder = await saved(t);
  const other = await temporaryFolder(t);
  await importGan(fixture('nvidia.pkl'), other);
  await writeFile(
    join(folder, 'generator.safetensors'),
    await readFile(join(other, 'generator.safetensors')),
  );
  await t.throwsAsync(loadGeneratorWeights(folder), { instanceOf: IntegrityError });
});

test('a card that is missing, malformed or says other sizes is refused', async (t) => {
  const folder = await saved(t);
  const file = join(folder, 'generator.json');
  const card = await readFile(file, 'utf8');
  const edit = async (pattern: string, replacement: string) => {
    t.true(card.includes(pattern));
    await writeFile(file, card.replace(pattern, replacement));
    const error = await t.throwsAsync(loadGeneratorWeights(folder), { instanceOf: InputError });
    t.true(error.message.includes(file), error.message);
  };
  await edit('"formatVersion": 1', '"formatVersion": 2');
  await edit('"resolution": 8', '"resolution": 16');
  await edit('"hasNoiseMaps": true', '"hasNoiseMaps": false');
  await edit('"rosinality"', '"unknown"');
  await edit('"torch-zip"', '"tar"');
  await edit('"source": {', '"other": {');
  await edit('{', '[');
  await writeFile(file, '[]');
  await t.throwsAsync(loadGeneratorWeights(folder), { instanceOf: InputError });
  await rm(file);
  await t.throwsAsync(loadGeneratorWeights(folder), { instanceOf: InputError });
});
