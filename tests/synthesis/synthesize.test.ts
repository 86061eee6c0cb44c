import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { classSet } from '@oneface/common/classes/class-sets';
import { openDataset, readSample } from '@oneface/trainer/evaluation/dataset';
import { writeHeldOut } from '@oneface/trainer/synthesis/held-out';
import { labelSheet, likeliestLabels } from '@oneface/trainer/synthesis/label-sheet';
import { readSoftLabels, shardName } from '@oneface/trainer/synthesis/soft-labels';
import { labelSeeds, type SynthesisSettings, synthesize } from '@oneface/trainer/synthesis/synthesize';
import { tf } from '@oneface/trainer/tensorflow/tensorflow';
import test from 'ava';
import { temporaryFolder } from '../support/temporary-folder.js';
import { tinyGenerator, tinySegmenter } from './tiny-generator.js';

const SHARD = 128;
const SETTINGS: SynthesisSettings = {
  count: SHARD + 20,
  truncation: [0.5, 1],
  firstSeed: 20_000,
  labelSize: 8,
};

const generator = await tinyGenerator();
const segmenter = tinySegmenter(generator);

async function filesOf(folder: string): Promise<Record<string, string>> {
  const names = (await readdir(folder)).sort();
  const contents = await Promise.all(names.map((name) => readFile(join(folder, name), 'base64')));
  return Object.fromEntries(names.map((name, index) => [name, contents[index]]));
}

test('a synthesis that was interrupted again and again ends with the files of an unbroken one', async (t) => {
  const unbroken = await temporaryFolder(t);
  const reports: number[] = [];
  await synthesize(generator, segmenter, SETTINGS, unbroken, (done) => reports.push(done));
  t.deepEqual(Object.keys(await filesOf(unbroken)), [shardName(0), shardName(1)]);
  t.is(reports.at(-1), SETTINGS.count);
  t.deepEqual(
    reports,
    [...reports].sort((a, b) => a - b),
  );

  const folder = await temporaryFolder(t);
  const interruptedAt = async (most: number) => {
    const interruption = new AbortController();
    const report = (done: number) => {
      if (done >= most) interruption.abort(new Error('interrupted'));
    };
    const run = synthesize(generator, segmenter, SETTINGS, folder, report, interruption.signal);
    await t.throwsAsync(run, { message: 'interrupted' });
  };
  await interruptedAt(SHARD / 2);
  t.deepEqual(await readdir(folder), []);
  await interruptedAt(SHARD + 8);
  t.deepEqual(await readdir(folder), [shardName(0)]);
  const { mtimeMs } = await stat(join(folder, shardName(0)));
  await synthesize(generator, segmenter, SETTINGS, folder, () => {});
  t.deepEqual(await filesOf(folder), await filesOf(unbroken));
  t.is((await stat(join(folder, shardName(0)))).mtimeMs, mtimeMs);
});

test('a picture and its labels follow from its seed alone, whatever is made beside it', async (t) => {
  const folder = await temporaryFolder(t);
  await synthesize(generator, segmenter, { ...SETTINGS, count: 40 }, folder, () => {});
  const { classSet: set, entries } = await readSoftLabels(folder);
  t.is(set, segmenter.classSet);
  t.is(entries.length, 40);
  for (const index of [0, 17, 39]) {
    const [alone] = labelSeeds(generator, segmenter.network, [SETTINGS.firstSeed + index], SETTINGS);
    const largest = (a: Uint8Array, b: Uint8Array) =>
      Math.max(...a.map((value, i) => Math.abs(value - b[i])));
    t.true(largest(entries[index].picture.data, alone.picture.data) <= 1);
    t.true(largest(entries[index].probabilities, alone.probabilities) <= 1);
    t.true(Math.abs(entries[index].uncertainty - alone.uncertainty) < 1e-5);
  }
});

test('labels are probabilities, and the uncertainty is their entropy', (t) => {
  for (const entry of labelSeeds(generator, segmenter.network, [1, 2, 3], SETTINGS)) {
    const { probabilities, labelSize, classes } = entry;
    let entropy = 0;
    for (let pixel = 0; pixel < labelSize * labelSize; pixel++) {
      const shares = [...probabilities.subarray(pixel * classes, (pixel + 1) * classes)].map(
        (value) => value / 255,
      );
      const sum = shares.reduce((total, value) => total + value, 0);
      // Each is rounded to a byte.
      t.true(Math.abs(sum - 1) <= classes / 510);
      for (const share of shares) if (share > 0) entropy -= share * Math.log(share);
    }
    entropy /= labelSize * labelSize * Math.log(classes);
    t.true(Math.abs(entropy - entry.uncertainty) < 0.02, `${entropy}, ${entry.uncertainty}`);
  }
});

test('each seed has a truncation of its own', (t) => {
  const pictures = (truncation: [number, number]) =>
    labelSeeds(generator, segmenter.network, [1, 2, 3, 4], { ...SETTINGS, truncation }).map(
      ({ picture }) => picture.data,
    );
  const [low, spread, high] = [pictures([0.5, 0.5]), pictures([0.5, 1]), pictures([1, 1])];
  for (let i = 0; i < 4; i++) {
    t.notDeepEqual(spread[i], low[i]);
    t.notDeepEqual(spread[i], high[i]);
  }
});

test.serial('labelling leaves no tensor behind', (t) => {
  const { numTensors } = tf.memory();
  labelSeeds(generator, segmenter.network, [1, 2, 3], SETTINGS);
  t.is(tf.memory().numTensors, numTensors);
});

test('the held-out folder is one that evaluate reads, with the same pictures and likeliest labels', async (t) => {
  const folder = join(await temporaryFolder(t), 'held-out');
  const entries = labelSeeds(generator, segmenter.network, [5, 6, 7], SETTINGS);
  await writeHeldOut(folder, entries, segmenter.classSet);
  const { samples, labels } = await openDataset(folder, 'face-3');
  t.is(samples.length, 3);
  for (const [index, files] of samples.entries()) {
    const { picture, truth } = await readSample(files, labels, classSet('face-3'));
    t.deepEqual([...picture.data], [...entries[index].picture.data]);
    t.deepEqual([...truth.data], [...likeliestLabels(entries[index]).data]);
  }
});

test('the likeliest label is the one of highest probability, the lowest of equal ones', (t) => {
  const picture = { width: 2, height: 2, data: new Uint8Array(12) };
  const probabilities = Uint8Array.of(0, 9, 0, 200, 200, 1, 5, 6, 7, 0, 0, 0);
  const entry = { picture, classes: 3, labelSize: 2, probabilities, uncertainty: 0 };
  t.deepEqual([...likeliestLabels(entry).data], [1, 0, 2, 0]);
  const sheet = labelSheet([entry, entry], classSet('face-3'));
  t.true(sheet.width > 2 * 2 * 2 && sheet.height > 2);
});
