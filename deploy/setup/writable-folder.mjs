import { existsSync, mkdirSync, mkdtempSync, rmdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expected } from './setup-error.mjs';

/**
 * Makes sure that a folder is there, its parents included, and takes files.
 *
 * @param {string} folder absolute path
 * @param {string} subject the setting that names it
 * @throws {import('./setup-error.mjs').SetupError} if it cannot be made or written
 */
export function requireWritableFolder(folder, subject) {
  try {
    makeFolder(folder);
    // The rights alone do not tell: root has them on a read-only disk too.
    rmdirSync(mkdtempSync(join(folder, '.writable-')));
  } catch (error) {
    const received = `${JSON.stringify(folder)}: ${error.message}`;
    throw expected('a folder that can be written', subject, received);
  }
}

/**
 * Level by level, as Node's own recursive mkdir never ends where the kernel denies that there is such a place,
 * under /proc.
 *
 * @param {string} folder
 */
function makeFolder(folder) {
  if (existsSync(folder)) return;
  makeFolder(dirname(folder));
  mkdirSync(folder);
}
