import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import test from 'ava';
import { projectFile } from '../support/paths.js';

test('the page about events says what the schema says', async (t) => {
  const check = promisify(execFile)(process.execPath, [projectFile('deploy/docs/events.mjs'), '--check']);
  await t.notThrowsAsync(check);
});
