import { mkdtemp, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UnavailableError } from '@oneface/common/errors/errors';
import { folderPrefix } from './stale-folders.js';

/** Memory first: a captured picture should not reach a disk. */
export const PRIVATE_FOLDER_ROOTS: readonly string[] = ['/dev/shm', tmpdir()];

/** With less room a large picture would be cut off. */
const LEAST_FREE_BYTES = 16 * 1024 * 1024;

/** Gives the free bytes where a folder lies. */
export type FreeBytes = (folder: string) => Promise<number>;

/**
 * Gives `use` a new empty folder that only this user may enter (mode 0700), and removes it with all in it
 * when `use` is done, whichever way it ended.
 *
 * @param roots where to make it; the first one that can be written and has room for a picture is taken
 * @throws UnavailableError when there is none, or it cannot be removed
 */
export async function withPrivateFolder<T>(
  roots: readonly string[],
  use: (folder: string) => Promise<T>,
  freeBytes: FreeBytes = freeBytesOf,
): Promise<T> {
  const folder = await makeFolder(roots, freeBytes);
  try {
    return await use(folder);
  } finally {
    await removeFolder(folder);
  }
}

async function removeFolder(folder: string): Promise<void> {
  try {
    await rm(folder, { recursive: true, force: true });
  } catch (cause) {
    throw new UnavailableError(`The temporary folder ${folder} cannot be removed`, { cause });
  }
}

async function makeFolder(roots: readonly string[], freeBytes: FreeBytes): Promise<string> {
  const causes: unknown[] = [];
  for (const root of roots) {
    try {
      const free = await freeBytes(root);
      if (free >= LEAST_FREE_BYTES) return await mkdtemp(join(root, await folderPrefix()));
      causes.push(new UnavailableError(`${root} has ${free} bytes left`));
    } catch (error) {
      causes.push(error);
    }
  }
  throw new UnavailableError(`No temporary folder can be written in ${roots.join(' or ')}`, {
    cause: new AggregateError(causes),
  });
}

async function freeBytesOf(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}
