import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { basename, join } from 'node:path';
import { replaceStateFile } from '@oneface/edge/files/state-file';
import test from 'ava';
import { temporaryFolder } from '../support/temporary-folder.js';

test('SD cards lose power in the middle of a write: a file is on the disk before it takes its place, and its place before the write is done', async (t) => {
  const folder = await temporaryFolder(t);
  const path = join(folder, 'settings.json');
  const calls: string[] = [];
  const { open, rename } = fs;
  t.teardown(() => {
    Object.assign(fs, { open, rename });
    syncBuiltinESMExports();
  });
  Object.assign(fs, {
    open: async (...args: Parameters<typeof open>) => {
      const file = await open(...args);
      const sync = file.sync.bind(file);
      file.sync = async () => {
        await sync();
        calls.push(`on disk: ${basename(String(args[0]))}`);
      };
      return file;
    },
    rename: async (...args: Parameters<typeof rename>) => {
      await rename(...args);
      calls.push(`renamed: ${args.map((each) => basename(String(each))).join(' to ')}`);
    },
  });
  syncBuiltinESMExports();
  await replaceStateFile(path, Buffer.from('{}'));
  t.deepEqual(calls, [
    'on disk: .settings.json.partial',
    'renamed: .settings.json.partial to settings.json',
    `on disk: ${basename(folder)}`,
  ]);
});
