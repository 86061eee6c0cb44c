import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { projectFile } from './paths.js';

const run = promisify(execFile);

/**
 * Compiles C files into a temporary folder that goes with this process.
 *
 * @param sources paths in tests/
 * @param packages what pkg-config is to be asked for
 * @returns the path of what was made
 */
export async function compileC(
  name: string,
  sources: readonly string[],
  options: readonly string[],
  packages: readonly string[] = [],
): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'oneface-test-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const flags = await Promise.all(packages.map((each) => run('pkg-config', ['--cflags', '--libs', each])));
  const made = join(folder, name);
  await run('gcc', [
    '-Wall',
    '-O1',
    ...options,
    '-o',
    made,
    ...sources.map((source) => projectFile(`tests/${source}`)),
    ...flags.flatMap(({ stdout }) => stdout.trim().split(/\s+/)),
  ]);
  return made;
}
