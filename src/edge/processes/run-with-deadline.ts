import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { UnavailableError } from '@oneface/common/errors/errors';

/** Why a program gave no result. */
export type ProgramFailure = 'not-started' | 'deadline' | 'too-much-output';

/** A program could not be started, or was killed because it took too long or wrote too much. */
export class ProgramError extends UnavailableError {
  readonly failure: ProgramFailure;

  constructor(failure: ProgramFailure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.failure = failure;
  }
}

export interface RunOptions {
  /** The working folder. */
  readonly cwd: string;
  /** All that the program sees of the environment; it need not see the agent's secrets. */
  readonly env: NodeJS.ProcessEnv;
  readonly deadlineMs: number;
  /** Bytes that stdout and stderr may hold together. */
  readonly outputLimit: number;
  /** Kills the program early. */
  readonly signal: AbortSignal;
}

/** How a program ended: one of `exitCode` and `killedBy` is null. */
export interface RunResult {
  readonly exitCode: number | null;
  readonly killedBy: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A process that the kernel holds (a stuck USB camera) survives even SIGKILL for a while: wait no longer. */
const REAP_MS = 1000;

/**
 * Runs a program without a shell and waits for its end. It leads a process group of its own, and none of the
 * group outlives this call: it is killed by SIGKILL, as a program blocked in open() ignores all else.
 *
 * @param program a path, or a name that is looked up in `env.PATH`
 * @returns its exit and output, whatever its exit code
 * @throws ProgramError when it cannot be started, is not done at the deadline or writes too much
 * @throws the signal's reason when the signal is aborted
 */
export async function runWithDeadline(
  program: string,
  args: readonly string[],
  options: RunOptions,
): Promise<RunResult> {
  options.signal.throwIfAborted();
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: options.env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const gone = new Promise<void>((resolve) => {
    child.once('exit', () => {
      // Children of the program may be left, and would keep the pipes open.
      killGroup(child.pid);
      resolve();
    });
    child.once('error', () => resolve());
  });
  try {
    return await resultOf(child, program, options);
  } catch (error) {
    if (child.exitCode === null && child.signalCode === null) killGroup(child.pid);
    await Promise.race([gone, delay(REAP_MS, undefined, { ref: false })]);
    child.stdout.destroy();
    child.stderr.destroy();
    child.unref();
    throw error;
  }
}

/** Settles with the first of: the program's end, its failure to start, the deadline, the limit, the signal. */
async function resultOf(
  child: ChildProcessByStdio<null, Readable, Readable>,
  program: string,
  { deadlineMs, outputLimit, signal }: RunOptions,
): Promise<RunResult> {
  const cleanUp = new AbortController();
  const { signal: settled } = cleanUp;
  try {
    return await new Promise<RunResult>((resolve, reject) => {
      const fail = (failure: ProgramFailure, message: string, options?: ErrorOptions) =>
        reject(new ProgramError(failure, `${program} ${message}`, options));
      const stdout: Buffer[] = [];
      const stderr: Buffer[] = [];
      let size = 0;
      const collect = (chunks: Buffer[]) => (chunk: Buffer) => {
        size += chunk.length;
        if (size <= outputLimit) chunks.push(chunk);
        else fail('too-much-output', `wrote more than ${outputLimit} bytes`);
      };
      child.stdout.on('data', collect(stdout));
      child.stderr.on('data', collect(stderr));
      child.once('error', (cause) =>
        fail('not-started', `could not be started: ${cause.message}`, { cause }),
      );
      child.once('close', (exitCode, killedBy) =>
        resolve({ exitCode, killedBy, stdout: text(stdout), stderr: text(stderr) }),
      );
      const timer = setTimeout(() => fail('deadline', `was not done after ${deadlineMs} ms`), deadlineMs);
      settled.addEventListener('abort', () => clearTimeout(timer), { once: true });
      signal.addEventListener('abort', () => reject(signal.reason), { once: true, signal: settled });
    });
  } finally {
    cleanUp.abort();
  }
}

function text(chunks: readonly Buffer[]): string {
  return Buffer.concat(chunks).toString('utf8');
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
