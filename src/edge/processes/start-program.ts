import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { dieWithAgent } from './die-with-agent.js';
import { ProgramError } from './program-error.js';

/** A running program that leads a process group of its own. */
export type Program = ChildProcessByStdio<Writable | null, Readable, Readable>;

export interface StartOptions {
  /** The working folder. */
  readonly cwd: string;
  /** All that the program sees of the environment; it need not see the agent's secrets. */
  readonly env: NodeJS.ProcessEnv;
  /** Gives the program a stdin that closes when the agent is gone, in place of the kernel's kill. */
  readonly leash: boolean;
}

/**
 * Starts a program without a shell.
 *
 * @param program an absolute path, or a name that is looked up in `env.PATH`
 * @throws ProgramError when it is not there or the machine has no room for another process
 */
export async function startProgram(
  program: string,
  args: readonly string[],
  { cwd, env, leash }: StartOptions,
): Promise<Program> {
  const command = leash ? { program, args } : await dieWithAgent(program, args, env.PATH);
  if (command === undefined) throw new ProgramError('not-started', `${program} is not installed`);
  try {
    const how = { cwd, env, detached: true };
    const child = leash
      ? spawn(command.program, command.args, { ...how, stdio: 'pipe' })
      : spawn(command.program, command.args, { ...how, stdio: ['ignore', 'pipe', 'pipe'] });
    // Some failures come as an event, and then the pipes may be missing; others are thrown.
    if (child.pid === undefined) throw (await once(child, 'error'))[0];
    return child;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ProgramError('not-started', `${program} could not be started: ${reason}`, { cause });
  }
}
