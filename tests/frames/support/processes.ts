import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

/** The ids of the programs that a process started and that are still there, zombies included. */
export async function childIds(parent: number): Promise<string[]> {
  const tasks = await readdir(`/proc/${parent}/task`);
  const lines = await Promise.all(tasks.map((task) => readIfThere(`/proc/${parent}/task/${task}/children`)));
  return lines.flatMap((line) => (line ?? '').split(' ').filter((id) => id !== ''));
}

/** The programs that this process started and that are still there, zombies included. */
export async function childProcesses(): Promise<string[]> {
  const names = await Promise.all((await childIds(process.pid)).map((id) => readIfThere(`/proc/${id}/comm`)));
  return names.filter((name) => name !== undefined).map((name) => name.trim());
}

/** The command lines of the programs that this process started and that are still there. */
export async function childCommandLines(): Promise<string[]> {
  const lines = await Promise.all(
    (await childIds(process.pid)).map((id) => readIfThere(`/proc/${id}/cmdline`)),
  );
  return lines.filter((line) => line !== undefined);
}

/** The ids of a process's children, and of theirs, and so on. */
export async function descendantIds(parent: number): Promise<string[]> {
  const ids = await childIds(parent);
  const below = await Promise.all(ids.map((id) => descendantIds(Number(id))));
  return [...ids, ...below.flat()];
}

/** Whether a process that is not our own child goes away within some seconds. */
export async function endsSoon(id: string): Promise<boolean> {
  for (let i = 0; i < 250; i++) {
    if (!(await isRunning(id.trim()))) return true;
    await delay(20);
  }
  return false;
}

/** Waits until something is so; ava's own limit ends a wait in vain. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await delay(10);
}

/** A zombie waits for its new parent and does not run. */
async function isRunning(id: string): Promise<boolean> {
  const status = await readIfThere(`/proc/${id}/status`);
  return status !== undefined && !/^State:\s+Z/m.test(status);
}

/** Processes go away at any moment. */
async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH'))
      return undefined;
    throw error;
  }
}
