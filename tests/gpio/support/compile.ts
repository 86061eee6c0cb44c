import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { projectFile } from '../../support/paths.js';

const run = promisify(execFile);

/**
 * Compiles a C file of tests/gpio into a temporary folder that goes with this process.
 *
 * @param packages what pkg-config is to be asked for
 * @returns the path of what was made
 */
export async function compile(name: string, options: readonly string[], packages: readonly string[] = []) {
  const folder = mkdtempSync(join(tmpdir(), 'oneface-test-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const flags = await Promise.all(packages.map((each) => run('pkg-config', ['--cflags', '--libs', each])));
  const made = join(folder, name);
  await run('g++', [
    '-Wall',
    '-O1',
    ...options,
    '-o',
    made,
    '-x',
    'c',
    projectFile(`tests/gpio/${name}.c`),
    ...flags.flatMap(({ stdout }) => stdout.trim().split(/\s+/)),
  ]);
  return made;
}
