import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, lstat, readdir } from 'node:fs/promises';
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

/** What a device keeps of npm packages has to stay below this, on a disk that gives out whole blocks. */
const MOST_MODULE_BYTES = 100e6;
const BLOCK_BYTES = 4096;

test('a device is set up without TensorFlow, tools and what no program loads, and only once', async (t) => {
  const folder = await temporaryFolder(t);
  for (const path of SOURCES) {
    const filter = (file: string) => !MADE.some((name) => file.split(sep).includes(name));
    await cp(projectFile(path), join(folder, path), { recursive: true, filter });
  }
  const setUp = async () => (await run('npm', ['run', '--silent', 'setup:edge'], { cwd: folder })).stdout;
  const sources = await sourcesOf(folder);
  t.regex(await setUp(), /Set-up: complete after \d+ s\n$/);
  t.deepEqual(await sourcesOf(folder), sources, 'the sources of the project stay');
  for (const absent of ['@tensorflow', 'typescript', 'ava']) {
    t.false(existsSync(join(folder, 'node_modules', absent)), absent);
  }
  const bytes = await bytesOf(join(folder, 'node_modules'));
  t.true(bytes < MOST_MODULE_BYTES, `${(bytes / 1e6).toFixed(1)} MB of modules`);
  t.log(`${(bytes / 1e6).toFixed(1)} MB of modules`);
  const files = await readdir(join(folder, 'node_modules'), { recursive: true });
  t.deepEqual(
    files.filter((file) => /^(?!@oneface).*\.(d\.ts|js\.map)$/.test(file)),
    [],
  );
  for (const terms of [/^sharp.LICENSE$/, /^@img.sharp-libvips-linux-[^/]+.README\.md$/]) {
    t.true(
      files.some((file) => terms.test(file)),
      'the terms of a package stay with it',
    );
  }
  const { stdout } = await run('npx', ['--no-install', 'oneface-edge', '--help'], { cwd: folder });
  t.regex(stdout, /^Usage: oneface-edge COMMAND/);
  t.is(await setUp(), 'Set-up: nothing to do\n');
});

/** The files of the project that git would keep. */
async function sourcesOf(folder: string): Promise<string[]> {
  const files = await readdir(join(folder, 'src'), { recursive: true });
  return files.filter((file) => !MADE.some((name) => file.split(sep).includes(name))).sort();
}

/** What the files and folders of a folder take on a disk; links count as nothing. */
async function bytesOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  let bytes = 0;
  for (const entry of entries) {
    if (entry.isDirectory()) bytes += BLOCK_BYTES;
    if (!entry.isFile()) continue;
    const { size } = await lstat(join(entry.parentPath, entry.name));
    bytes += Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES;
  }
  return bytes;
}
