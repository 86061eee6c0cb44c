import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError, OnefaceError } from '@oneface/common/errors/errors';
import { readGan } from '@oneface/trainer/checkpoints/import-gan';
import test from 'ava';
import fc from 'fast-check';
import { temporaryFolder } from '../support/temporary-folder.js';
import { fixture, temporaryFile } from './support.js';

const PARTS = 20;
const RUNS = 200;

for (const name of ['nvidia.pkl', 'rosinality.pt', 'rosinality-legacy.pt']) {
  test(`${name}: cut off anywhere it is refused`, async (t) => {
    const whole = await readFile(fixture(name));
    const lengths = Array.from({ length: PARTS }, (_, part) => Math.floor((whole.length * part) / PARTS));
    for (const length of [...lengths, whole.length - 1]) {
      const file = await temporaryFile(t, whole.subarray(0, length));
      await t.throwsAsync(readGan(file), { instanceOf: InputError }, `${length} of ${whole.length} bytes`);
    }
  });

  test(`${name}: with any bytes changed it is read or refused with a typed error`, async (t) => {
    const whole = await readFile(fixture(name));
    const file = join(await temporaryFolder(t), 'damaged');
    const edits = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 3 });
    const property = fc.asyncProperty(edits, async (changes) => {
      const bytes = new Uint8Array(whole);
      for (const [at, value] of changes) bytes[at] = value;
      await writeFile(file, bytes);
      try {
        await readGan(file);
      } catch (error) {
        if (!(error instanceof OnefaceError)) throw error;
      }
    });
    await t.notThrowsAsync(async () => fc.assert(property, { numRuns: RUNS }));
  });
}
