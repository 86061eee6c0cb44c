import { setTimeout as delay } from 'node:timers/promises';
import type { ProgramEnd } from './complaint.js';
import { killGroup } from './kill-group.js';
import { startProgram } from './start-program.js';

export interface StreamOptions {
  /** All that the program sees of the environment; it need not see the agent's secrets. */
  readonly env: NodeJS.ProcessEnv;
  /** Takes what the program writes to stdout, as it comes. */
  readonly onBytes: (bytes: Buffer) => void;
  /** Kills the program. */
  readonly signal: AbortSignal;
}

/** Of a program that complains for years only the last words are kept. */
const MOST_STDERR_CHARACTERS = 4096;
/** A process that the kernel holds (a stuck USB camera) survives even SIGKILL for a while: wait no longer. */
const REAP_MS = 1000;

/**
 * Runs a program without a shell that writes for as long as it lives. It leads a process group of its own;
 * none of the group outlives this call, and it does not outlive the agent.
 *
 * @param program an absolute path, or a name that is looked up in `env.PATH`
 * @returns how it ended, when it ends by itself
 * @throws ProgramError when it cannot be started
 * @throws the signal's reason when the signal is aborted
 */
export async function streamProgram(
  program: string,
  args: readonly string[],
  { env, onBytes, signal }: StreamOptions,
): Promise<ProgramEnd> {
  signal.throwIfAborted();
  const child = await startProgram(program, args, { cwd: '/', env, leash: false });
  const gone = new Promise<void>((resolve) => {
    child.once('exit', () => {
      // Children of the program may be left, and would keep the pipes open.
      killGroup(child.pid);
      resolve();
    });
  });
  const cleanUp = new AbortController();
  try {
    return await new Promise<ProgramEnd>((resolve, reject) => {
      let stderr = '';
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        stderr = (stderr + text).slice(-MOST_STDERR_CHARACTERS);
      });
      child.stdout.on('data', onBytes);
      child.once('close', (exitCode, killedBy) => resolve({ exitCode, killedBy, stderr }));
      signal.addEventListener('abort', () => reject(signal.reason), { once: true, signal: cleanUp.signal });
      if (signal.aborted) reject(signal.reason);
    });
  } catch (error) {
    child.stdout.off('data', onBytes);
    if (child.exitCode === null && child.signalCode === null) killGroup(child.pid);
    await Promise.race([gone, delay(REAP_MS, undefined, { ref: false })]);
    child.stdout.destroy();
    child.stderr.destroy();
    child.unref();
    throw error;
  } finally {
    cleanUp.abort();
  }
}
