import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { classSet, IGNORED_LABEL } from '@oneface/common/classes/class-sets';
import { InputError } from '@oneface/common/errors/errors';
import { encodeIndexPng } from '@oneface/common/images/index-png';
import { readAnnotations } from '@oneface/trainer/annotations/annotation-set';
import { readSafetensors, writeSafetensors } from '@oneface/trainer/tensors/safetensors-file';
import test, { type ExecutionContext } from 'ava';
import { encode } from 'fast-png';
import { projectFile } from '../support/paths.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const LABELS = projectFile('models/labels');
const SIDE = 64;

async function copyOfLabels(t: ExecutionContext): Promise<string> {
  const folder = join(await temporaryFolder(t), 'labels');
  await cp(LABELS, folder, { recursive: true });
  return folder;
}

async function changeIndex(folder: string, changes: Record<string, unknown>): Promise<void> {
  const file = join(folder, 'index.json');
  const index = JSON.parse(await readFile(file, 'utf8'));
  await writeFile(file, JSON.stringify({ ...index, ...changes }));
}

async function refusal(t: ExecutionContext, folder: string, count = 1): Promise<string> {
  return (await t.throwsAsync(readAnnotations(folder, count), { instanceOf: InputError })).message;
}

/** A grey mask, in which any number can stand. */
function greyMask(labels: Uint8Array, width: number): Uint8Array {
  return encode({ width, height: labels.length / width, data: labels, channels: 1, depth: 8 });
}

test('the labels that the project ships are read', async (t) => {
  const { psi, classSet: set, samples } = await readAnnotations(LABELS, 1);
  t.is(psi, 0.7);
  t.is(set, classSet('face-10'));
  t.is(samples.length, 1);
  const [{ name, latent, picture, mask }] = samples;
  t.is(name, 'seed047');
  t.is(latent.length, 256);
  t.deepEqual([picture.width, picture.height, mask.width, mask.height], [SIDE, SIDE, SIDE, SIDE]);
  t.true(new Set(mask.data).size >= 8);
});

test('the background may be called bg, as some tools do', async (t) => {
  const folder = await copyOfLabels(t);
  const names = classSet('face-3').classes.map(({ name }) => (name === 'background' ? 'bg' : name));
  await changeIndex(folder, { classes: names });
  const mask = { width: SIDE, height: SIDE, data: new Uint8Array(SIDE * SIDE).fill(3) };
  await writeFile(join(folder, 'seed047.mask.png'), encodeIndexPng(mask, classSet('face-3')));
  t.is((await readAnnotations(folder, 1)).classSet, classSet('face-3'));
});

test('pixels may be left without a label, but not all', async (t) => {
  const folder = await copyOfLabels(t);
  const file = join(folder, 'seed047.mask.png');
  const labels = new Uint8Array(SIDE * SIDE).fill(IGNORED_LABEL);
  await writeFile(file, greyMask(labels, SIDE));
  t.is(await refusal(t, folder), `Expected a labelled pixel for ${file} but received nothing`);
  labels[5] = 9;
  await writeFile(file, greyMask(labels, SIDE));
  t.deepEqual((await readAnnotations(folder, 1)).samples[0].mask.data, labels);
});

test('a label that is no class of the set is refused', async (t) => {
  const folder = await copyOfLabels(t);
  const file = join(folder, 'seed047.mask.png');
  const labels = new Uint8Array(SIDE * SIDE);
  labels[SIDE + 1] = 10;
  await writeFile(file, greyMask(labels, SIDE));
  t.is(await refusal(t, folder), `Expected labels below 10, or 255 for ${file} but received 10`);
});

test('a mask of another size than its picture is refused', async (t) => {
  const folder = await copyOfLabels(t);
  const file = join(folder, 'seed047.mask.png');
  await writeFile(file, greyMask(new Uint8Array(SIDE * 32), SIDE));
  t.is(await refusal(t, folder), `Expected its picture's 64x64 pixels for ${file} but received "64x32"`);
});

test('a coloured mask is refused', async (t) => {
  const folder = await copyOfLabels(t);
  const data = new Uint8Array(SIDE * SIDE * 3);
  const mask = encode({ width: SIDE, height: SIDE, data, channels: 3, depth: 8 });
  await writeFile(join(folder, 'seed047.mask.png'), mask);
  t.regex(
    await refusal(t, folder),
    /^Expected a palette or grey PNG of at most 8 bits for .* received "3 channels of 8 bits"$/,
  );
});

test('more labelled pictures than there are cannot be asked for', async (t) => {
  t.is(await refusal(t, LABELS, 2), `Expected at least 2 labelled pictures for ${LABELS} but received 1`);
});

test('a missing latent is refused', async (t) => {
  const folder = await copyOfLabels(t);
  const file = join(folder, 'latents.safetensors');
  const { tensors } = await readSafetensors(file);
  tensors.delete('seed047');
  tensors.set('seed048', { shape: [1], data: new Float32Array(1) });
  await writeSafetensors(file, tensors);
  t.is(await refusal(t, folder), `Expected a latent "seed047" for ${folder} but received nothing`);
});

for (const [what, classes] of [
  ['a class too few', ['background', 'skin']],
  [
    'classes in another order',
    classSet('face-10')
      .classes.map(({ name }) => name)
      .reverse(),
  ],
] as const) {
  test(`${what} is refused`, async (t) => {
    const folder = await copyOfLabels(t);
    await changeIndex(folder, { classes });
    t.regex(
      await refusal(t, folder),
      /^Expected the classes of face-3 or face-10 for .*index\.json but received "/,
    );
  });
}

for (const [what, changes, complaint] of [
  ['no truncation', { psi: undefined }, 'a number from 0 to 2 for index.json.psi but received nothing'],
  ['a truncation out of range', { psi: 3 }, 'a number from 0 to 2 for index.json.psi but received 3'],
  ['no samples', { samples: [] }, 'a list for index.json.samples but received []'],
  [
    'a sample without a mask',
    { samples: [{ seed: 1, picture: 'a.png' }] },
    'a text for index.json.samples[0].mask but received nothing',
  ],
] as const) {
  test(`an index with ${what} is refused`, async (t) => {
    const folder = await copyOfLabels(t);
    await changeIndex(folder, changes);
    t.is(await refusal(t, folder), `Expected ${complaint}`);
  });
}

for (const name of ['index.json', 'latents.safetensors', 'seed047.png', 'seed047.mask.png']) {
  test(`a folder without ${name} is refused, and one with a broken ${name} too`, async (t) => {
    const folder = await copyOfLabels(t);
    await writeFile(join(folder, name), 'broken');
    t.regex(await refusal(t, folder), new RegExp(`^Expected .* for .*${name}`));
    await rm(join(folder, name));
    t.regex(await refusal(t, folder), new RegExp(`^Expected .* for .*${name} but received "?ENOENT`));
  });
}
