import type { Command } from '../processes/die-with-agent.js';
import { findProgram } from '../processes/find-program.js';

/**
 * Gives the command that runs a program so that what it writes to stdout comes at once. By itself the C library
 * holds back up to 4 KiB of it for the next write: of a stream of pictures the end of each one until the next,
 * at one a second for a second. The work is done by `stdbuf` (coreutils, part of every Debian), which becomes
 * the program. Where there is no stdbuf, or no such program, the command is as it was.
 *
 * @param program a name or an absolute path
 * @param path folders to look in, as PATH holds them
 */
export async function unbuffered(
  program: string,
  args: readonly string[],
  path: string | undefined,
): Promise<Command> {
  const file = await findProgram(program, path);
  const stdbuf = await findProgram('stdbuf', path);
  if (file === undefined || stdbuf === undefined) return { program, args };
  return { program: stdbuf, args: ['--output=0', file, ...args] };
}
