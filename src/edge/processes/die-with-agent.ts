import { findProgram } from './find-program.js';

/** A program with its arguments. */
export interface Command {
  readonly program: string;
  readonly args: readonly string[];
}

/**
 * Run after setpriv has set the death signal, which says nothing about a parent that is dead already: the
 * agent's id is $0, the program and its arguments are "$@". Nothing of the shell's own reaches the program.
 */
const IF_AGENT_LIVES = '[ "$PPID" = "$0" ] && unset PWD OLDPWD && exec "$@"';

/**
 * Gives the command that runs a program so that the kernel kills it as soon as this process is gone, however
 * that ended: a camera program that outlives a killed agent would keep the camera from the next one. The
 * work is done by `setpriv --pdeathsig` (util-linux, part of every Debian), which becomes the program.
 *
 * Where there is no setpriv the command is as it was; a program that writes then still ends at its next
 * write, as nobody reads from it.
 *
 * @param program a name or an absolute path
 * @param path folders to look in, as PATH holds them
 * @returns undefined when there is no such program
 */
export async function dieWithAgent(
  program: string,
  args: readonly string[],
  path: string | undefined,
): Promise<Command | undefined> {
  const file = await findProgram(program, path);
  if (file === undefined) return undefined;
  const setpriv = await findProgram('setpriv', path);
  if (setpriv === undefined) return { program: file, args };
  const shell = ['/bin/sh', '-c', IF_AGENT_LIVES, `${process.pid}`];
  return { program: setpriv, args: ['--pdeathsig', 'KILL', '--', ...shell, file, ...args] };
}
