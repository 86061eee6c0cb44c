import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';
import { projectFile } from '../support/paths.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const run = promisify(execFile);

/** What of the project a device needs to be set up; built and installed files stay behind. */
const SOURCES = [
  'package.json',
  'package-lock.json',
  '.npmrc',
  'tsconfig.base.json',
  'src/common',
  'src/edge',
  'src/trainer/package.json',
  'src/trainer/bin.js',
  'deploy/setup',
];
const MADE = ['node_modules', 'dist'];

test('a device is set up without TensorFlow and without tools, and only once', async (t) => {
  const folder = await temporaryFolder(t);
  for (const path of SOURCES) {
    const filter = (file: string) => !MADE.some((name) => file.split(sep).includes(name));
    await cp(projectFile(path), join(folder, path), { recursive: true, filter });
  }
  const setUp = async () => (await run('npm', ['run', '--silent', 'setup:edge'], { cwd: folder })).stdout;
  t.regex(await setUp(), /Set-up: complete after \d+ s\n$/);
  for (const absent of ['@tensorflow', 'typescript', 'ava']) {
    t.false(existsSync(join(folder, 'node_modules', absent)), absent);
  }
  const { stdout } = await run('npx', ['--no-install', 'oneface-edge', '--help'], { cwd: folder });
  t.regex(stdout, /^Usage: oneface-edge COMMAND/);
  t.is(await setUp(), 'Set-up: nothing to do\n');
});
