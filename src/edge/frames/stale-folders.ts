import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Process id and start time of who made a folder; the same id alone may soon be another process. */
const NAME = /^oneface-frame-([0-9]+)-([0-9]+)-/;

/** How the names of this process's private folders begin. */
export async function folderPrefix(): Promise<string> {
  return `oneface-frame-${process.pid}-${(await startTimeOf('self')) ?? 0}-`;
}

/**
 * Removes the private folders that processes left which were killed: they may hold a picture. Those of
 * processes that still run stay.
 *
 * @param roots where such folders are made; one that does not exist holds none
 * @param onFailure told of a folder that cannot be removed or a root that cannot be read
 */
export async function removeStaleFolders(
  roots: readonly string[],
  onFailure: (error: unknown) => void,
): Promise<void> {
  // Without /proc nobody's start time is known: then every folder might be in use.
  if ((await startTimeOf('self')) === undefined) return;
  for (const root of roots) {
    for (const name of await namesIn(root, onFailure)) {
      const [, id, startTime] = NAME.exec(name) ?? [];
      if (id === undefined || (await startTimeOf(id)) === startTime) continue;
      await rm(join(root, name), { recursive: true, force: true }).catch(onFailure);
    }
  }
}

async function namesIn(root: string, onFailure: (error: unknown) => void): Promise<string[]> {
  try {
    return await readdir(root);
  } catch (error) {
    if (!isAbsent(error)) onFailure(error);
    return [];
  }
}

/** When a process started, in clock ticks since boot (proc(5), field 22); undefined when there is none. */
async function startTimeOf(id: string): Promise<string | undefined> {
  try {
    const line = await readFile(`/proc/${id}/stat`, 'utf8');
    // The second field is the program's name in brackets and may hold anything.
    return line.slice(line.lastIndexOf(')') + 2).split(' ')[19];
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

function isAbsent(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH');
}
