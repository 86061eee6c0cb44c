import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UnavailableError } from '@oneface/common/errors/errors';

/** Memory first: a captured picture should not reach a disk. */
export const PRIVATE_FOLDER_ROOTS: readonly string[] = ['/dev/shm', tmpdir()];

/**
 * Gives `use` a new empty folder that only this user may enter (mode 0700), and removes it with all in it
 * when `use` is done, whichever way it ended.
 *
 * @param roots where to make it; the first one that can be written is taken
 * @throws UnavailableError when none can be written
 */
export async function withPrivateFolder<T>(
  roots: readonly string[],
  use: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await makeFolder(roots);
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function makeFolder(roots: readonly string[]): Promise<string> {
  const causes: unknown[] = [];
  for (const root of roots) {
    try {
      return await mkdtemp(join(root, 'oneface-frame-'));
    } catch (error) {
      causes.push(error);
    }
  }
  throw new UnavailableError(`No temporary folder can be written in ${roots.join(' or ')}`, {
    cause: new AggregateError(causes),
  });
}
