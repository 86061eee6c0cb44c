import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ProgramError } from '@oneface/edge/processes/program-error';
import { type RunOptions, runWithDeadline } from '@oneface/edge/processes/run-with-deadline';
import test from 'ava';
import { childProcesses, endsSoon } from './support/processes.js';

const OPTIONS: RunOptions = {
  cwd: tmpdir(),
  env: { PATH: process.env.PATH },
  deadlineMs: 20_000,
  outputLimit: 1000,
  signal: new AbortController().signal,
};

test.after('no program is left, not even as a zombie', async (t) => {
  t.deepEqual(await childProcesses(), []);
});

test('it gives what the program wrote and how it ended', async (t) => {
  t.deepEqual(await run('echo out; echo err >&2; exit 3'), {
    exitCode: 3,
    killedBy: null,
    stdout: 'out\n',
    stderr: 'err\n',
  });
  t.is((await run('kill -TERM $$')).killedBy, 'SIGTERM');
});

test('arguments reach the program as they are: there is no shell', async (t) => {
  const { stdout } = await runWithDeadline('echo', ['$(id)', '; id', 'a  b'], OPTIONS);
  t.is(stdout, '$(id) ; id a  b\n');
});

test('the program sees only the environment that it was given', async (t) => {
  const { stdout } = await runWithDeadline('env', [], OPTIONS);
  t.is(stdout, `PATH=${process.env.PATH}\n`);
});

test('at the deadline it kills the whole group of a program that ignores SIGTERM', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'oneface-test-'));
  t.teardown(() => rm(folder, { recursive: true }));
  const script = 'trap "" TERM; sleep 60 & echo $! > child; while :; do sleep 60; done';
  const error = await t.throwsAsync(run(script, { cwd: folder, deadlineMs: 1500 }), {
    instanceOf: ProgramError,
  });
  t.is(error.failure, 'deadline');
  t.regex(error.message, /^sh was not done after 1500 ms$/);
  t.true(await endsSoon(await readFile(join(folder, 'child'), 'utf8')));
});

test('what a program leaves running when it ends is killed too', async (t) => {
  const { stdout, exitCode } = await run('sleep 60 & echo $!');
  t.is(exitCode, 0);
  t.true(await endsSoon(stdout));
});

test('a program that writes without end is killed', async (t) => {
  const error = await t.throwsAsync(run('yes'), { instanceOf: ProgramError });
  t.is(error.failure, 'too-much-output');
});

test('output up to the limit is kept, one byte more is not', async (t) => {
  t.is((await run('printf %01000d 0')).stdout.length, 1000);
  const error = await t.throwsAsync(run('printf %01000d 0; printf x >&2'), { instanceOf: ProgramError });
  t.is(error.failure, 'too-much-output');
});

test('a program that is not installed says so', async (t) => {
  const error = await t.throwsAsync(runWithDeadline('oneface-absent', [], OPTIONS), {
    instanceOf: ProgramError,
  });
  t.is(error.failure, 'not-started');
  t.is(error.message, 'oneface-absent is not installed');
});

test('a machine that has no room for another program is an error, not the end of the agent', async (t) => {
  const program = fileURLToPath(new URL('./support/run-without-room.js', import.meta.url));
  const { stdout } = await run(`ulimit -n 60; exec "${process.execPath}" "${program}"`);
  t.is(stdout, 'ProgramError: /bin/true could not be started: spawn /bin/true EMFILE\n');
});

test('an aborted signal kills the program and rejects with its reason', async (t) => {
  const controller = new AbortController();
  const running = run('sleep 60', { signal: controller.signal });
  setTimeout(() => controller.abort(new Error('enough')), 100);
  await t.throwsAsync(running, { message: 'enough' });
  await t.throwsAsync(run('sleep 60', { signal: controller.signal }), { message: 'enough' });
});

function run(script: string, options: Partial<RunOptions> = {}) {
  return runWithDeadline('sh', ['-c', script], { ...OPTIONS, ...options });
}
