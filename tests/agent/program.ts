import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { ExecutionContext } from 'ava';
import { projectFile } from '../support/paths.js';

/** What a program left behind. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program at work. */
export interface Running {
  readonly child: ChildProcess;
  /** What it has written to stderr so far. */
  readonly stderr: () => string;
  readonly ended: Promise<Ended>;
}

/** Starts the real `oneface-edge`; whatever of it is left when the test ends is killed. */
export function startProgram(t: ExecutionContext, ...args: string[]): Running {
  const child = spawn(process.execPath, [projectFile('src/edge/dist/main.js'), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.teardown(() => child.kill('SIGKILL'));
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = once(child, 'close').then(([code]): Ended => ({ code, stdout, stderr }));
  return { child, stderr: () => stderr, ended };
}

/** Runs the real `oneface-edge` to its end. */
export function runProgram(t: ExecutionContext, ...args: string[]): Promise<Ended> {
  return startProgram(t, ...args).ended;
}
