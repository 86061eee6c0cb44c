import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { classSet } from '@oneface/common/classes/class-sets';
import { InputError } from '@oneface/common/errors/errors';
import {
  readSoftLabels,
  type SoftLabelled,
  shardName,
  writeShard,
} from '@oneface/trainer/synthesis/soft-labels';
import { readSafetensors, writeSafetensors } from '@oneface/trainer/tensors/safetensors-file';
import type { NumericTensor } from '@oneface/trainer/tensors/tensor';
import test from 'ava';
import fc from 'fast-check';
import { temporaryFolder } from '../support/temporary-folder.js';

const SET = classSet('face-3');
const CLASSES = SET.classes.length;

function bytes(length: number): fc.Arbitrary<Uint8Array> {
  return fc.uint8Array({ minLength: length, maxLength: length });
}

/** Shards of pictures of one size, and of label grids of another. */
const shards: fc.Arbitrary<SoftLabelled[][]> = fc
  .record({ side: fc.integer({ min: 1, max: 6 }), labelSize: fc.integer({ min: 1, max: 4 }) })
  .chain(({ side, labelSize }) => {
    const entry = fc.record({
      picture: bytes(side * side * 3).map((data) => ({ width: side, height: side, data })),
      classes: fc.constant(CLASSES),
      labelSize: fc.constant(labelSize),
      probabilities: bytes(labelSize * labelSize * CLASSES),
      uncertainty: fc.float({ min: 0, max: 1, noNaN: true }),
    });
    return fc.array(fc.array(entry, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 });
  });

test('shards that were written are read back, in order', async (t) => {
  await fc.assert(
    fc.asyncProperty(shards, async (written) => {
      const folder = await temporaryFolder(t);
      // Last first: the order of the names counts.
      for (const [index, entries] of [...written.entries()].reverse()) {
        await writeShard(join(folder, shardName(index)), entries, SET);
      }
      await writeFile(join(folder, 'sheet.png'), 'no shard');
      await writeFile(join(folder, `.${shardName(0)}.partial`), 'torn');
      const { classSet: set, entries } = await readSoftLabels(folder);
      t.is(set, SET);
      t.deepEqual(entries, written.flat());
    }),
    { numRuns: 25 },
  );
});

function entry(side: number): SoftLabelled {
  return {
    picture: { width: side, height: side, data: new Uint8Array(side * side * 3) },
    classes: CLASSES,
    labelSize: 2,
    probabilities: new Uint8Array(4 * CLASSES),
    uncertainty: 0.5,
  };
}

const floats = (...values: number[]): NumericTensor => ({
  shape: [values.length],
  data: Float32Array.from(values),
});
const zeros = (...shape: number[]): NumericTensor => ({
  shape,
  data: new Uint8Array(shape.reduce((product, side) => product * side, 1)),
});

for (const [what, changes, complaint] of [
  ['no pictures', { pictures: undefined }, 'bytes "pictures" of rank 4'],
  [
    'pictures of floats',
    { pictures: { shape: [2, 4, 4, 3], data: new Float32Array(96) } },
    'bytes "pictures" of rank 4',
  ],
  ['grey pictures', { pictures: zeros(2, 4, 4, 1) }, '"pictures" of shape 2x4x4x3'],
  ['oblong pictures', { pictures: zeros(2, 8, 4, 3) }, '"pictures" of shape 2x4x4x3'],
  ['no probabilities', { probabilities: undefined }, 'bytes "probabilities" of rank 4'],
  ['an oblong label grid', { probabilities: zeros(2, 2, 3, 4) }, '"probabilities" of shape 2x2x2x4'],
  ['labels of another class set', { probabilities: zeros(2, 2, 2, 10) }, '"probabilities" of shape 2x2x2x4'],
  ['labels of one picture too few', { probabilities: zeros(1, 2, 2, 4) }, '"probabilities" of shape 2x2x2x4'],
  ['uncertainties of one picture too many', { uncertainty: floats(0, 0, 0) }, '2 floats "uncertainty"'],
  [
    'an uncertainty that is no number',
    { uncertainty: floats(0, Number.NaN) },
    'finite values of "uncertainty"',
  ],
] as [string, Record<string, NumericTensor | undefined>, string][]) {
  test(`a shard with ${what} is refused`, async (t) => {
    const folder = await temporaryFolder(t);
    const file = join(folder, shardName(0));
    await writeShard(file, [entry(4), entry(4)], SET);
    const { tensors, metadata } = await readSafetensors(file);
    const changed = Object.entries({ ...Object.fromEntries(tensors), ...changes });
    const kept = changed.filter((pair): pair is [string, NumericTensor] => pair[1] !== undefined);
    await writeSafetensors(file, new Map(kept), metadata);
    const error = await t.throwsAsync(readSoftLabels(folder), { instanceOf: InputError });
    t.true(error.message.startsWith(`Expected ${complaint} for ${file} but received`), error.message);
  });
}

test('a shard without a class set, one of an unknown set, a cut one and a mixture of sets are refused', async (t) => {
  const folder = await temporaryFolder(t);
  const file = join(folder, shardName(0));
  await writeShard(file, [entry(4)], SET);
  const { tensors } = await readSafetensors(file);
  const refusal = async () =>
    (await t.throwsAsync(readSoftLabels(folder), { instanceOf: InputError })).message;
  await writeSafetensors(file, tensors);
  t.is(await refusal(), `Expected a class set for ${file} but received nothing`);
  await writeSafetensors(file, tensors, { classSet: 'face-11' });
  t.regex(await refusal(), /^Expected one of face-3, face-10 for the class set/);
  await writeFile(file, 'cut');
  t.regex(await refusal(), /^Expected a safetensors file for /);
  await writeShard(file, [entry(4)], SET);
  await writeShard(
    join(folder, shardName(1)),
    [{ ...entry(4), classes: 10, probabilities: new Uint8Array(40) }],
    classSet('face-10'),
  );
  t.is(await refusal(), `Expected one class set for ${folder} but received "face-3 and face-10"`);
});

test('a folder without shards is refused', async (t) => {
  const folder = await temporaryFolder(t);
  await t.throwsAsync(readSoftLabels(folder), {
    instanceOf: InputError,
    message: `Expected shards of soft labels for ${folder} but received nothing`,
  });
});
