import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UnavailableError } from '@oneface/common/errors/errors';
import { createStateFile } from '@oneface/edge/files/state-file';
import test from 'ava';
import { temporaryFolder } from '../support/temporary-folder.js';
import { Lines } from './rig.js';

function requireNumber(value: unknown): number {
  if (typeof value !== 'number') throw new TypeError('no number');
  return value;
}

test('a state file is written for the agent alone, over what a kill left of the last attempt', async (t) => {
  const folder = await temporaryFolder(t);
  const path = join(folder, 'count.json');
  await writeFile(join(folder, '.count.json.partial'), '12345678901234567890');
  const file = createStateFile(path, requireNumber, new Lines());
  t.is(await file.read(), undefined);
  for (const value of [1, 22, 3]) {
    await file.write(value);
    t.is(await file.read(), value);
  }
  t.deepEqual(await readdir(folder), ['count.json']);
  t.is((await stat(path)).mode & 0o777, 0o600);
});

test('a state file that is damaged, too long or no file is set aside, and one more damage does not pile up', async (t) => {
  const folder = await temporaryFolder(t);
  const path = join(folder, 'count.json');
  const lines = new Lines();
  const file = createStateFile(path, requireNumber, lines);
  for (const damage of ['', '"text"', '\0\0', ' '.repeat(5 * 1024 * 1024)]) {
    await writeFile(path, damage);
    t.is(await file.read(), undefined);
    t.is(await readFile(`${path}.damaged`, 'utf8'), damage);
    await file.write(7);
    t.is(await file.read(), 7);
  }
  t.is(lines.all.length, 4);
  t.deepEqual((await readdir(folder)).sort(), ['count.json', 'count.json.damaged']);
});

test('a state file that can be neither read nor set aside is passed over', async (t) => {
  const folder = await temporaryFolder(t);
  const path = join(folder, 'count.json');
  await mkdir(path);
  await mkdir(join(`${path}.damaged`, 'full'), { recursive: true });
  const lines = new Lines();
  const file = createStateFile(path, requireNumber, lines);
  t.is(await file.read(), undefined);
  t.is(lines.all.length, 1, 'what cannot be read is not damaged');
  await t.throwsAsync(file.write(1), { instanceOf: UnavailableError });
});

test('a write that fails leaves the old state', async (t) => {
  const path = join(await temporaryFolder(t), 'count.json');
  await createStateFile(path, requireNumber, new Lines()).write(1);
  const full = createStateFile(path, requireNumber, new Lines(), async () => {
    throw new Error('ENOSPC: no space left on device');
  });
  await t.throwsAsync(full.write(2), {
    instanceOf: UnavailableError,
    message: /count\.json cannot be written/,
  });
  t.is(await full.read(), 1);
});
