import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UnavailableError } from '@oneface/common/errors/errors';
import { withPrivateFolder } from '@oneface/edge/frames/private-folder';
import { removeStaleFolders } from '@oneface/edge/frames/stale-folders';
import test from 'ava';
import { temporaryFolder } from '../support/temporary-folder.js';

const ROOM = 1024 * 1024 * 1024;

test('where there is no room for a picture the next folder is taken, as when /dev/shm is full', async (t) => {
  const [full, roomy] = [await temporaryFolder(t), await temporaryFolder(t)];
  const used = await withPrivateFolder(
    [full, roomy],
    async (folder) => folder,
    async (root) => (root === full ? 1024 * 1024 : ROOM),
  );
  t.true(used.startsWith(`${roomy}/oneface-frame-${process.pid}-`), used);
  t.deepEqual(await readdir(roomy), [], 'and it is gone when the shot is done');
});

test('where there is no room anywhere the error says so', async (t) => {
  const full = await temporaryFolder(t);
  const error = await t.throwsAsync(
    withPrivateFolder(
      [full],
      async (folder) => folder,
      async () => 0,
    ),
    { instanceOf: UnavailableError, message: /^No temporary folder can be written in / },
  );
  t.true(error.cause instanceof AggregateError);
});

test('the folder is removed when its user fails', async (t) => {
  const root = await temporaryFolder(t);
  const failing = withPrivateFolder([root], async (folder) => {
    await writeFile(join(folder, 'shot.jpg'), 'a picture');
    throw new Error('no camera');
  });
  await t.throwsAsync(failing, { message: 'no camera' });
  t.deepEqual(await readdir(root), []);
});

test('a root that does not exist holds no left folders, one that is no folder is told', async (t) => {
  const folder = await temporaryFolder(t);
  const file = join(folder, 'file');
  await writeFile(file, '');
  const failures: unknown[] = [];
  await removeStaleFolders([join(folder, 'absent'), file], (error) => failures.push(error));
  t.is(failures.length, 1);
});
