import { open, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UnavailableError } from '@oneface/common/errors/errors';
import { isSystemError } from '../files/system-error.js';
import { remove } from './durable-files.js';

const LOCK_NAME = /^\.lock-(?<boot>[0-9a-f]+)-(?<pid>\d+)-(?<start>\d+)$/;

/**
 * Keeps a run folder for this process until the returned function is called.
 *
 * Every process announces itself with a file that is named after it (boot, process id, start time; so an
 * id used again is not taken for its earlier owner) and only then looks for others: of two that start
 * together each sees the other, and at most one goes on. Files of processes that are gone are removed.
 * Needs Linux's /proc, and sees only processes of the same machine and process namespace.
 *
 * @returns releases the folder
 * @throws UnavailableError when another process has it
 */
export async function lockRun(folder: string): Promise<() => Promise<void>> {
  const boot = await bootId();
  const own = `.lock-${boot}-${process.pid}-${await startTime(process.pid)}`;
  const path = join(folder, own);
  await openNew(path, folder);
  const release = () => remove(path);
  try {
    await refuseOthers(folder, own, boot);
  } catch (error) {
    await release();
    throw error;
  }
  return release;
}

async function refuseOthers(folder: string, own: string, boot: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const owner = LOCK_NAME.exec(name)?.groups;
    if (owner === undefined || name === own) continue;
    const isRunning = owner.boot === boot && (await startTime(Number(owner.pid))) === owner.start;
    if (isRunning) throw taken(folder, Number(owner.pid));
    await remove(join(folder, name));
  }
}

async function openNew(path: string, folder: string): Promise<void> {
  try {
    await (await open(path, 'wx')).close();
  } catch (cause) {
    if (isSystemError(cause, 'EEXIST')) throw taken(folder, process.pid, { cause });
    throw cause;
  }
}

function taken(folder: string, pid: number, options?: ErrorOptions): UnavailableError {
  return new UnavailableError(
    `Expected the run folder ${folder} to be free but process ${pid} is running there`,
    options,
  );
}

async function bootId(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim().replaceAll('-', '');
}

/** Clock ticks from boot to the start of a process; undefined when it has ended, reaped or not. */
async function startTime(pid: number): Promise<string | undefined> {
  try {
    const status = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The fields are those of proc_pid_stat(5) from the third on: the second, a name, may hold anything.
    const fields = status.slice(status.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
  } catch (error) {
    if (isSystemError(error, 'ENOENT') || isSystemError(error, 'ESRCH')) return undefined;
    throw error;
  }
}
