import { setTimeout as delay } from 'node:timers/promises';
import type { ProgramEnd } from './complaint.js';
import { killGroup } from './kill-group.js';
import { ProgramError, type ProgramFailure } from './program-error.js';
import { type Program, startProgram } from './start-program.js';

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
  /**
   * For a program that watches its stdin and ends all that it started when that closes: the agent holds the
   * other end. Any other program is killed by the kernel when the agent is gone, but not what it started.
   */
  readonly leash?: boolean;
}

/** How a program ended, and all that it wrote. */
export interface RunResult extends ProgramEnd {
  readonly stdout: string;
}

/** A process that the kernel holds (a stuck USB camera) survives even SIGKILL for a while: wait no longer. */
const REAP_MS = 1000;

/**
 * Runs a program without a shell and waits for its end. It leads a process group of its own, and none of the
 * group outlives this call: it is killed by SIGKILL, as a program blocked in open() ignores all else. Nor does
 * the program outlive the agent.
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
  const { cwd, env, leash = false } = options;
  const child = await startProgram(program, args, { cwd, env, leash });
  const gone = new Promise<void>((resolve) => {
    child.once('exit', () => {
      // Children of the program may be left, and would keep the pipes open.
      killGroup(child.pid);
      resolve();
    });
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
  } finally {
    child.stdin?.destroy();
  }
}

/** Settles with the first of: the program's end, its failure to start, the deadline, the limit, the signal. */
async function resultOf(
  child: Program,
  program: string,
  { deadlineMs, outputLimit, signal }: RunOptions,
): Promise<RunResult> {
  const cleanUp = new AbortController();
  const { signal: settled } = cleanUp;
  try {
    return await new Promise<RunResult>((resolve, reject) => {
      const fail = (failure: ProgramFailure, message: string) =>
        reject(new ProgramError(failure, `${program} ${message}`));
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
      child.once('close', (exitCode, killedBy) =>
        resolve({ exitCode, killedBy, stdout: text(stdout), stderr: text(stderr) }),
      );
      const timer = setTimeout(() => fail('deadline', `was not done after ${deadlineMs} ms`), deadlineMs);
      settled.addEventListener('abort', () => clearTimeout(timer), { once: true });
      signal.addEventListener('abort', () => reject(signal.reason), { once: true, signal: settled });
      if (signal.aborted) reject(signal.reason);
    });
  } finally {
    cleanUp.abort();
  }
}

function text(chunks: readonly Buffer[]): string {
  return Buffer.concat(chunks).toString('utf8');
}
