import { randomUUID } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { expected } from '@oneface/common/errors/errors';

/**
 * Writes a file so that it is there as a whole or not at all. Two processes may write the same one at once;
 * the last wins.
 *
 * @param subject the setting or flag that names the file, such as "--out"
 * @throws InputError when it cannot be written there
 */
export async function writeWhole(path: string, bytes: Uint8Array, subject: string): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}.partial`);
  try {
    await replaceFile(path, bytes, { temporary, flags: 'wx' });
  } catch (cause) {
    await rm(temporary, { force: true });
    throw expected('a file that can be written', subject, path, { cause });
  }
}

/** Where a file is written before it takes its place; in the same folder. */
export interface TemporaryFile {
  readonly temporary: string;
  /** 'wx' refuses a temporary file that is there already, 'w' writes over what a kill left behind. */
  readonly flags: 'wx' | 'w';
  /** Permissions of a new file; as the process's mask says if left out. */
  readonly mode?: number;
}

/**
 * Puts a file in the place of another in one step that a kill or a power cut cannot halve: temporary file,
 * fsync, rename, fsync of the folder.
 *
 * @throws the system's error; the old file is then still in place, unless only the last fsync failed
 */
export async function replaceFile(
  path: string,
  bytes: Uint8Array,
  { temporary, flags, mode }: TemporaryFile,
): Promise<void> {
  await withFile(
    temporary,
    flags,
    async (file) => {
      await file.writeFile(bytes);
      await file.sync();
    },
    mode,
  );
  await rename(temporary, path);
  await withFile(dirname(path), 'r', (folder) => folder.sync());
}

async function withFile(
  path: string,
  flags: string,
  use: (file: FileHandle) => Promise<void>,
  mode?: number,
): Promise<void> {
  const file = await open(path, flags, mode);
  try {
    await use(file);
  } finally {
    await file.close();
  }
}
