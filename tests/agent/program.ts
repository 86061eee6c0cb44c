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

/** What runs JavaScript: a program with its first arguments. */
export interface Runtime {
  readonly command: readonly [string, ...string[]];
  readonly env: NodeJS.ProcessEnv;
}

/** Starts the real `oneface-edge`; whatever of it is left when the test ends is killed. */
export function startProgram(t: ExecutionContext, ...args: string[]): Running {
  return startProgramIn({ command: [process.execPath], env: process.env }, t, ...args);
}

/** Starts the real `oneface-edge` in another runtime than this one. */
export function startProgramIn({ command, env }: Runtime, t: ExecutionContext, ...args: string[]): Running {
  const [runtime, ...first] = command;
  const child = spawn(runtime, [...first, projectFile('src/edge/dist/main.js'), ...args], {
    env,
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
