import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from '@oneface/common/errors/errors';
import test from 'ava';
import { temporaryFolder } from '../support/temporary-folder.js';
import { loadSoak } from './soak-modules.js';

const { releaseRunFolder, takeRunFolder } =
  await loadSoak<typeof import('../../deploy/soak/run-folder.js')>('run-folder');

test('a soak removes what an earlier one left', async (t) => {
  const folder = await temporaryFolder(t);
  await takeRunFolder(folder);
  await mkdir(join(folder, 'state'));
  await writeFile(join(folder, 'state', 'file'), 'x');
  await releaseRunFolder(folder);
  await takeRunFolder(folder);
  t.deepEqual(await readdir(folder), ['soak.pid']);
});

test('a folder that holds anything else is refused and left as it is', async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, 'letter'), 'x');
  await t.throwsAsync(takeRunFolder(folder), { instanceOf: InputError, message: /an empty folder/ });
  t.deepEqual(await readdir(folder), ['letter']);
});

test('a folder that a running soak uses is refused', async (t) => {
  const folder = await temporaryFolder(t);
  await takeRunFolder(folder);
  await writeFile(join(folder, 'soak.pid'), String(process.ppid));
  await t.throwsAsync(takeRunFolder(folder), { instanceOf: InputError, message: /no running soak/ });
});
