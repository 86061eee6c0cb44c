import { execFile } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { type SignalledProcess, stopOnSignals } from '@oneface/edge/agent/stop-signal';
import test from 'ava';
import { projectFile } from '../support/paths.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const run = promisify(execFile);

/** A process that keeps the codes it was to end with. */
class FakeProcess extends EventEmitter implements SignalledProcess {
  readonly pid = 1;
  readonly codes: number[] = [];
  readonly sent: string[] = [];
  kill(_pid: number, signal: string): void {
    this.sent.push(signal);
  }
  exit(code: number): void {
    this.codes.push(code);
  }
}

test('the first signal asks to stop, the second ends the process', (t) => {
  const process = new FakeProcess();
  const stop = stopOnSignals(process, 60_000);
  t.false(stop.aborted);
  process.emit('SIGTERM');
  t.true(stop.aborted);
  t.deepEqual(process.codes, []);
  process.emit('SIGINT');
  t.deepEqual(process.codes, [130]);
});

test('a terminal that is closed asks to stop, however often that is said', (t) => {
  const process = new FakeProcess();
  const stop = stopOnSignals(process, 60_000);
  process.emit('SIGHUP');
  t.true(stop.aborted);
  process.emit('SIGHUP');
  t.deepEqual(process.codes, []);
  process.emit('SIGTERM');
  t.deepEqual(process.codes, [143]);
  process.emit('exit');
  t.deepEqual(process.sent, ['SIGHUP']);
});

test('a process that does not stop by the deadline is ended', async (t) => {
  const process = new FakeProcess();
  stopOnSignals(process, 5);
  process.emit('SIGTERM');
  await delay(30);
  t.deepEqual(process.codes, [143]);
});

/** Runs a program in a terminal, closes that once the program is ready, and says by which signal it ended. */
const CLOSE_TERMINAL = `
import os, pty, sys
pid, terminal = pty.fork()
if pid == 0: os.execv(sys.argv[1], sys.argv[1:])
said = b''
while b'ready' not in said: said += os.read(terminal, 1024)
os.close(terminal)
print(os.WTERMSIG(os.waitpid(pid, 0)[1]))
`;

/** Does its last work once it is told to stop. */
const PROGRAM = `
import { writeFileSync } from 'node:fs';
import { stopOnSignals } from '@oneface/edge/agent/stop-signal';
const stop = stopOnSignals(process, 60_000);
const work = setInterval(() => {}, 1000);
stop.addEventListener('abort', () => {
  clearInterval(work);
  writeFileSync(process.argv[1], 'done');
});
console.log('ready');
`;

test('a program whose terminal is closed does its last work, and then ends by that signal', async (t) => {
  const file = join(await temporaryFolder(t), 'work');
  const args = ['-c', CLOSE_TERMINAL, process.execPath, '--input-type=module', '-e', PROGRAM, '--', file];
  const { stdout } = await run('python3', args, { cwd: projectFile('') });
  t.is(stdout, '1\n');
  t.is(await readFile(file, 'utf8'), 'done');
});
