import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expected } from '@oneface/common/errors/errors';

/** The project's root folder. */
export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** A file of the project, by its path from the root. */
export function projectFile(path: string): string {
  return `${ROOT}${path}`;
}

/** A file of the material shared beside the project. */
export function sharedFile(path: string): string {
  const file = fileURLToPath(new URL(`../shared/${path}`, new URL(`file://${ROOT}`)));
  if (!existsSync(file)) throw expected('the shared material beside the project', path, 'no such file');
  return file;
}
