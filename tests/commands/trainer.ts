import { spawn } from 'node:child_process';
import { runCli } from '@oneface/trainer/cli';
import { COMMANDS } from '@oneface/trainer/commands/command-table';
import { projectFile } from '../support/paths.js';

/** How a run of the program ended. */
export interface Ending {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const PROGRAM = projectFile('src/trainer/dist/main.js');

/** Runs the real program in a process of its own. */
export async function trainer(folder: string, ...argv: readonly string[]): Promise<Ending> {
  const child = spawn(process.execPath, [PROGRAM, ...argv], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      texts[name] += text;
    });
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, ...texts, stderr: withoutNotices(texts.stderr) }));
  });
}

/** TensorFlow says on its own account, before anybody can stop it, what its build makes use of. */
function withoutNotices(text: string): string {
  return text
    .split('\n')
    .filter((line) => !/^WARNING: All log messages before absl|^I0000 .*oneDNN/.test(line))
    .join('\n');
}

/** Runs the program's commands in this process. */
export async function trainerHere(...argv: readonly string[]): Promise<Ending> {
  const texts = { stdout: '', stderr: '' };
  const stream = (name: keyof typeof texts) => ({
    write: (text: string) => {
      texts[name] += text;
    },
  });
  const status = await runCli(argv, COMMANDS, {
    stdout: stream('stdout'),
    stderr: stream('stderr'),
    signal: new AbortController().signal,
    clock: () => new Date(),
    now: () => performance.now(),
  });
  return { status, ...texts };
}
