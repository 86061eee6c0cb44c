import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { UnavailableError } from '@oneface/common/errors/errors';

/** Holds a folder for this process. */
export interface FolderLock {
  release(): Promise<void>;
}

/**
 * Takes a folder for this process alone, or gives undefined when another process has it.
 *
 * @throws the system's error when the folder cannot be opened or locked
 */
export type LockFolder = (folder: string) => Promise<FolderLock | undefined>;

/** What `flock -n` ends with when somebody else has the lock. */
const TAKEN = 1;

/**
 * Locks a folder with flock(2), so that the kernel lets go of it when the process ends, whichever way.
 *
 * Node has no call for it. The program `flock` of util-linux locks the open file that it inherits, and the
 * lock stays with that open file, which is ours. It needs no lock file and works on a read-only disk.
 *
 * @throws UnavailableError when the program is missing or fails
 */
export const lockFolder: LockFolder = async (folder) => {
  const handle = await open(folder, 'r');
  try {
    const status = await runFlock(handle.fd);
    if (status === 0) return { release: () => handle.close() };
    if (status !== TAKEN) throw new UnavailableError(`flock ended with ${status} for ${folder}`);
  } catch (error) {
    await handle.close();
    throw error;
  }
  await handle.close();
  return undefined;
};

async function runFlock(fd: number): Promise<number | string> {
  const child = spawn('flock', ['-n', '3'], { stdio: ['ignore', 'ignore', 'ignore', fd] });
  try {
    const [status, signal] = await once(child, 'exit');
    return status ?? signal;
  } catch (cause) {
    throw new UnavailableError('The program flock (of util-linux) cannot be run', { cause });
  }
}
