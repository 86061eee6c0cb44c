import { spawn } from 'node:child_process';
import { UnavailableError } from '@oneface/common/errors/errors';

/**
 * Runs one of the project's programs to its end, its output on this terminal.
 *
 * @param script JavaScript file
 * @throws UnavailableError when it ends with anything but status 0
 */
export async function runProgram(script: string, args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, [script, ...args], { stdio: 'inherit' });
  const [status, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (...end) => resolve(end));
  });
  if (status !== 0) throw new UnavailableError(`${args[0]} ended with ${signal ?? `status ${status}`}`);
}
