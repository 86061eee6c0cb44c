import { rename, rm } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { syncFolder } from '../files/atomic-write.js';

/** True for the name under which `writeFileAtomic` was still writing when its process was killed. */
export function isUnfinishedWrite(path: string): boolean {
  return /^\..+\.partial$/.test(basename(path));
}

/** Moves a file or folder to a name that is free, within one file system. */
export async function moveDurably(from: string, to: string): Promise<void> {
  await rename(from, to);
  await syncFolder(dirname(to));
  await syncFolder(dirname(from));
}

/** Removes a file or folder with all in it; absent is fine. */
export async function remove(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true });
}
