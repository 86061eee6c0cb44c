import { copyFile, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from '@oneface/common/errors/errors';
import { readAnnotations } from '@oneface/trainer/annotations/annotation-set';
import { importGan } from '@oneface/trainer/checkpoints/import-gan';
import { type SampleSettings, writeSamples } from '@oneface/trainer/gan/samples';
import { readRaster } from '@oneface/trainer/images/read-picture';
import test from 'ava';
import { fixture } from '../checkpoints/support.js';
import { projectFile } from '../support/paths.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const LABELS = projectFile('models/labels');

function settings(out: string, seeds: readonly number[]): SampleSettings {
  return { generator: projectFile('models/generator'), seeds, truncation: 0.7, out };
}

const signal = new AbortController().signal;

test('samples become a folder of annotations by drawing a mask and listing it', async (t) => {
  const out = join(await temporaryFolder(t), 'samples');
  const reports: [number, number][] = [];
  const sheet = await writeSamples(
    settings(out, [47, 3]),
    (done, total) => reports.push([done, total]),
    signal,
  );
  t.deepEqual(reports, [[2, 2]]);
  t.is(sheet, join(out, 'sheet.png'));
  const names = ['index.json', 'latents.safetensors', 'seed003.png', 'seed047.png', 'sheet.png'];
  t.deepEqual((await readdir(out)).sort(), names);
  const { width, height } = await readRaster(sheet);
  t.true(width > 2 * 64 && height > 64);

  await copyFile(join(LABELS, 'seed047.mask.png'), join(out, 'seed047.mask.png'));
  const index = JSON.parse(await readFile(join(out, 'index.json'), 'utf8'));
  const samples = [{ seed: 47, picture: 'seed047.png', mask: 'seed047.mask.png' }];
  await writeFile(join(out, 'index.json'), JSON.stringify({ ...index, samples }));
  const drawn = await readAnnotations(out, 1);
  const shipped = await readAnnotations(LABELS, 1);
  t.is(drawn.psi, 0.7);
  t.is(drawn.classSet, shipped.classSet);
  const [{ latent, picture, mask }] = drawn.samples;
  t.deepEqual(latent, shipped.samples[0].latent);
  t.deepEqual(mask, shipped.samples[0].mask);
  // The shipped picture was made by another implementation.
  const difference = Math.max(
    ...picture.data.map((value, i) => Math.abs(value - shipped.samples[0].picture.data[i])),
  );
  t.true(difference <= 1, `${difference}`);
});

test('a contact sheet ends where it would grow too large to look at', async (t) => {
  const folder = await temporaryFolder(t);
  const generator = join(folder, 'generator');
  await importGan(fixture('rosinality.pt'), generator);
  const seeds = Array.from({ length: 260 }, (_, seed) => seed);
  const out = join(folder, 'samples');
  const sheet = await writeSamples({ generator, seeds, truncation: 1, out }, () => {}, signal);
  const { width, height } = await readRaster(sheet);
  t.deepEqual([width, height], [8 * (8 + 4) + 4, 32 * (8 + 4) + 4]);
  t.is((await readdir(out)).filter((name) => name.startsWith('seed')).length, seeds.length);
});

test('a folder in which masks were drawn is left as it is', async (t) => {
  const out = await temporaryFolder(t);
  await copyFile(join(LABELS, 'seed047.mask.png'), join(out, 'seed047.mask.png'));
  await t.throwsAsync(
    writeSamples(settings(out, [1]), () => {}, signal),
    {
      instanceOf: InputError,
      message: `Expected a folder without masks for --out but received "${join(out, 'seed047.mask.png')}"`,
    },
  );
  t.deepEqual(await readdir(out), ['seed047.mask.png']);
});

test('an interruption ends the sampling', async (t) => {
  const out = await temporaryFolder(t);
  const interrupted = AbortSignal.abort(new Error('interrupted'));
  await t.throwsAsync(
    writeSamples(settings(out, [1]), () => {}, interrupted),
    { message: 'interrupted' },
  );
  t.deepEqual(await readdir(out), []);
});

test('a folder without a generator is refused', async (t) => {
  const out = await temporaryFolder(t);
  await t.throwsAsync(
    writeSamples({ ...settings(out, [1]), generator: out }, () => {}, signal),
    {
      instanceOf: InputError,
      message: /^Expected a file that can be read for .*generator\.json but received /,
    },
  );
});
