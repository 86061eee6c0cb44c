import { randomUUID } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { expected } from '@oneface/common/errors/errors';

/**
 * Writes a file so that it is there as a whole or not at all: temporary file, fsync, rename, fsync of the
 * folder.
 *
 * @throws InputError when it cannot be written there
 */
export async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}.partial`);
  try {
    await withFile(temporary, 'wx', async (file) => {
      await file.writeFile(bytes);
      await file.sync();
    });
    await rename(temporary, path);
    await withFile(dirname(path), 'r', (folder) => folder.sync());
  } catch (cause) {
    await rm(temporary, { force: true });
    throw expected('a file that can be written', '--out', path, { cause });
  }
}

async function withFile(
  path: string,
  flags: string,
  use: (file: FileHandle) => Promise<void>,
): Promise<void> {
  const file = await open(path, flags);
  try {
    await use(file);
  } finally {
    await file.close();
  }
}
