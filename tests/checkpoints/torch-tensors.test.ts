import { readFileSync } from 'node:fs';
import { InputError } from '@oneface/common/errors/errors';
import { withCheckpoint } from '@oneface/trainer/checkpoints/checkpoint-file';
import { readTensor, TorchTensor } from '@oneface/trainer/checkpoints/torch-tensor';
import type { Tensor } from '@oneface/trainer/tensors/tensor';
import test from 'ava';
import { dict, fixture, pickled, temporaryFile, tensor, torchZip } from './support.js';

interface Printed {
  readonly shape: number[];
  readonly values: string[];
}

const printed: Record<string, Printed> = JSON.parse(readFileSync(fixture('tensors.json'), 'utf8'));

async function readAll(file: string): Promise<Map<string, Tensor>> {
  return withCheckpoint(file, async ({ object }) => {
    const tensors = new Map<string, Tensor>();
    for (const [name, value] of object as Map<string, unknown>) {
      if (value instanceof TorchTensor) tensors.set(name, await readTensor(value));
    }
    return tensors;
  });
}

/** A number as Python's repr prints it, rounded to 32 bits. */
function parsePython(value: string): number {
  return Math.fround(Number(value.replace('inf', 'Infinity')));
}

for (const file of ['tensors.pt', 'tensors-legacy.pt']) {
  test(`${file}: every type and view has the shape and the values that torch prints`, async (t) => {
    const tensors = await readAll(fixture(file));
    t.deepEqual([...tensors.keys()], Object.keys(printed));
    for (const [name, { shape, values }] of Object.entries(printed)) {
      t.deepEqual(tensors.get(name)?.shape, shape, name);
      t.deepEqual(tensors.get(name)?.data, Float32Array.from(values, parsePython), name);
    }
  });
}

const values = new Uint8Array(Float32Array.of(1, 2, 3, 4, 5, 6).buffer);

test('a view is read by its offset and strides', async (t) => {
  const pickle = pickled(dict({ a: tensor('0', 6, [2, 2], [1, 4]), b: tensor('0', 6, [2, 2], [0, 0]) }));
  const tensors = await readAll(await temporaryFile(t, torchZip(pickle, { 0: values })));
  t.deepEqual(tensors.get('a')?.data, Float32Array.of(1, 5, 2, 6));
  t.deepEqual(tensors.get('b')?.data, Float32Array.of(1, 1, 1, 1));
});

test('a view that leaves its storage is refused', async (t) => {
  const broken = [
    tensor('0', 6, [7], [1]),
    tensor('0', 6, [2, 2], [5, 1]),
    tensor('0', 6, [2], [2 ** 52]),
    tensor('0', 6, [2 ** 30, 2 ** 30], [1, 1]),
    tensor('0', 6, [2n ** 60n], [1]),
    tensor('0', 6, [-1], [1]),
    tensor('0', 6, [2], []),
    tensor('0', -6, [1], [1]),
    tensor('0', 2n ** 60n, [1], [1]),
  ];
  for (const [index, value] of broken.entries()) {
    const file = await temporaryFile(t, torchZip(pickled(dict({ a: value })), { 0: values }));
    await t.throwsAsync(readAll(file), { instanceOf: InputError }, `case ${index}`);
  }
});

test('a storage that is missing or of another length than promised is refused', async (t) => {
  const pickle = pickled(dict({ a: tensor('0', 6, [1], [1]) }));
  const broken: Record<string, Uint8Array>[] = [
    {},
    { 1: values },
    { 0: values.subarray(4) },
    { 0: Buffer.concat([values, values]) },
  ];
  for (const storages of broken) {
    const file = await temporaryFile(t, torchZip(pickle, storages));
    await t.throwsAsync(readAll(file), { instanceOf: InputError });
  }
});
