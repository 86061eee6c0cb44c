import { createHash } from 'node:crypto';
import type { Dirent } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { expected, UnavailableError } from '@oneface/common/errors/errors';
import { type Static, Type } from '@sinclair/typebox';

const CHUNK_BYTES = 1 << 18;

/** One file of a folder: its path from there with forward slashes, its bytes' count and SHA-256 in hex. */
export const FileDigest = Type.Object({
  path: Type.String(),
  size: Type.Integer({ minimum: 0 }),
  sha256: Type.String(),
});
export type FileDigest = Static<typeof FileDigest>;

/**
 * Lists the files of a folder and its sub-folders, by their paths from there with forward slashes, sorted.
 *
 * @throws InputError when it holds anything but files, folders and links to files
 */
export async function listFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => !entry.isDirectory());
  for (const entry of files) await requireFile(entry);
  return files.map((entry) => relative(folder, join(entry.parentPath, entry.name))).sort();
}

async function requireFile(entry: Dirent): Promise<void> {
  if (entry.isFile()) return;
  const path = join(entry.parentPath, entry.name);
  if (!(await stat(path)).isFile()) throw expected('a file, a folder or a link to a file', 'an entry', path);
}

/**
 * SHA-256 of a file in hex.
 *
 * @param options.sync also waits until the file's content is on the disk
 */
export async function digestFile(path: string, options: { sync?: boolean } = {}): Promise<string> {
  const file = await open(path, 'r');
  try {
    if (options.sync) await file.sync();
    const hash = createHash('sha256');
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    for (;;) {
      const { bytesRead } = await file.read(chunk, 0, CHUNK_BYTES);
      if (bytesRead === 0) return hash.digest('hex');
      hash.update(chunk.subarray(0, bytesRead));
    }
  } finally {
    await file.close();
  }
}

/** Digest of a set of files: changes with any path, size or content, not with their order. */
export function digestOfFiles(files: readonly FileDigest[]): string {
  const lines = files.map(({ path, size, sha256 }) => JSON.stringify([path, size, sha256])).sort();
  return createHash('sha256').update(lines.join('\n')).digest('hex');
}

/**
 * Digest of a file, or of a folder with all that is in it.
 *
 * @throws UnavailableError when there is nothing at that path
 */
export async function digestPath(path: string): Promise<string> {
  const found = await stat(path).catch((cause: unknown) => {
    throw new UnavailableError(`Expected a file or folder at ${path} but found nothing`, { cause });
  });
  if (!found.isDirectory()) return digestFile(path);
  return digestOfFiles(await describeFolder(path));
}

/**
 * Path, size and digest of every file of a folder, one after the other: a folder may hold thousands.
 *
 * @param options.sync also waits until the files' content is on the disk
 */
export async function describeFolder(
  folder: string,
  options: { sync?: boolean } = {},
): Promise<FileDigest[]> {
  const described: FileDigest[] = [];
  for (const path of await listFiles(folder)) described.push(await describeFile(folder, path, options));
  return described;
}

async function describeFile(folder: string, path: string, options: { sync?: boolean }): Promise<FileDigest> {
  const { size } = await stat(join(folder, path));
  return { path, size, sha256: await digestFile(join(folder, path), options) };
}
