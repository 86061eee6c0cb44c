import { readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { InputError, IntegrityError } from '@oneface/common/errors/errors';
import { readSafetensors, writeSafetensors } from '@oneface/trainer/tensors/safetensors-file';
import { readCheckpoint } from '@oneface/trainer/training/checkpoint';
import { type TrainingContext, train } from '@oneface/trainer/training/train';
import test, { type ExecutionContext } from 'ava';
import { contextOf, differs, impatient, Plane, planOf, unbroken } from './plane.js';

test('a checkpoint of another network is refused', async (t) => {
  const context = await contextOf(t, { now: impatient() });
  await train(planOf(new Plane()), context);
  await t.throwsAsync(train(planOf(new Plane(5)), context), {
    instanceOf: InputError,
    message: 'Expected another shape but received 4,1',
  });
});

/** Leaves the checkpoint that a training writes after most of its steps. */
async function broken(t: ExecutionContext): Promise<TrainingContext> {
  const context = await contextOf(t, { now: impatient() });
  await train(planOf(new Plane(), { steps: 20 }), context);
  return context;
}

/** Turns one bit of a file. */
async function turnBit(file: string, byte: number): Promise<void> {
  const bytes = await readFile(file);
  bytes[byte] ^= 1 << (byte % 8);
  await writeFile(file, bytes);
}

/** What a disk may do to a file. */
const DAMAGES: Readonly<Record<string, (file: string) => Promise<void>>> = {
  'has a bit turned in its header': (file) => turnBit(file, 10),
  'has a bit turned in its values': async (file) => turnBit(file, (await stat(file)).size - 20),
  'was cut off': async (file) => truncate(file, (await stat(file)).size - 512),
  'is empty': (file) => truncate(file, 0),
  'holds zeros alone': async (file) => writeFile(file, Buffer.alloc((await stat(file)).size)),
  'has no checksum': async (file) => {
    const { tensors, metadata } = await readSafetensors(file);
    await writeSafetensors(file, tensors, { step: metadata.step });
  },
};

for (const [what, damage] of Object.entries(DAMAGES)) {
  test(`with a checkpoint that ${what}, training says so and starts from its first step`, async (t) => {
    const context = await broken(t);
    await damage(context.checkpoint);
    const network = new Plane();
    const lines: string[] = [];
    const steps: number[] = [];
    const notes = { log: (line: string) => lines.push(line), report: (done: number) => steps.push(done) };
    await train(planOf(network), { ...context, ...notes });
    t.is(lines.length, 1);
    const opening = `${context.checkpoint} is damaged, so training starts from its first step: Expected `;
    t.true(lines[0].startsWith(opening), lines[0]);
    t.is(steps[0], 1);
    t.is(differs(network, await unbroken(t)), 0);
  });
}

test('a turned bit in any byte of a checkpoint is noticed', async (t) => {
  const { checkpoint } = await broken(t);
  const bytes = await readFile(checkpoint);
  const { network, optimizer } = planOf(new Plane());
  for (let byte = 0; byte < bytes.length; byte++) {
    const changed = Uint8Array.from(bytes);
    changed[byte] ^= 1 << (byte % 8);
    const reading = readCheckpoint(checkpoint, network, optimizer, async () => changed);
    await t.throwsAsync(reading, { instanceOf: IntegrityError }, `byte ${byte}`);
  }
});

test('a checkpoint that the disk no longer gives is damaged, one that may not be read is not', async (t) => {
  const { checkpoint } = await broken(t);
  const { network, optimizer } = planOf(new Plane());
  for (const [code, name] of [
    ['EIO', 'IntegrityError'],
    ['EACCES', 'Error'],
  ]) {
    const failure = Object.assign(new Error(`${code}: read`), { code, syscall: 'read' });
    const reading = readCheckpoint(checkpoint, network, optimizer, () => Promise.reject(failure));
    await t.throwsAsync(reading, { name, message: `${code}: read` });
  }
});
