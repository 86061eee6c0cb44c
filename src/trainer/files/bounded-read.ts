import { type FileHandle, open } from 'node:fs/promises';
import { expected } from '@oneface/common/errors/errors';

/** The most that one read call takes (Node refuses 2 GiB). */
const LARGEST_READ = 2 ** 30;

/**
 * Opens a regular file for reading and closes it when `use` is done.
 *
 * @param use gets the handle and the file's size in bytes
 * @throws InputError if there is no such file, it may not be read, or it is no regular file
 */
export async function withFile<T>(
  path: string,
  use: (handle: FileHandle, size: number) => Promise<T>,
): Promise<T> {
  const handle = await openForReading(path);
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) throw expected('a file', path, 'something that is no regular file');
    return await use(handle, stats.size);
  } finally {
    await handle.close();
  }
}

/**
 * Reads a whole file that must not be larger than `limit` bytes; nothing is allocated for a larger one.
 *
 * @param path the file
 * @param limit the largest size in bytes that the caller can take
 * @throws InputError if there is no such file, it may not be read, or it is too large
 */
export async function readFileWithin(path: string, limit: number): Promise<Uint8Array<ArrayBuffer>> {
  return withFile(path, async (handle, size) => {
    if (size > limit) throw expected(`at most ${limit} bytes`, path, size);
    return readRange(handle, path, 0, size);
  });
}

/**
 * Reads `length` bytes of an open file from `start`.
 *
 * @param path named in the error
 * @throws InputError if the file ends before that
 */
export async function readRange(
  handle: FileHandle,
  path: string,
  start: number,
  length: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  let filled = 0;
  while (filled < length) {
    const wanted = Math.min(length - filled, LARGEST_READ);
    const { bytesRead } = await handle.read(bytes, filled, wanted, start + filled);
    if (bytesRead === 0) throw expected(`${start + length} bytes`, path, start + filled);
    filled += bytesRead;
  }
  return bytes;
}

async function openForReading(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r');
  } catch (error) {
    throw expected('a file that can be read', path, error, { cause: error });
  }
}
