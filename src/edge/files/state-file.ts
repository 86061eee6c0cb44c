import { readFile, rename, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { expected, UnavailableError } from '@oneface/common/errors/errors';
import type { Logger } from '../logging/logger.js';
import { replaceFile } from './write-whole.js';

/** State files are small; anything longer is not ours. */
const MOST_BYTES = 4 * 1024 * 1024;
/** State is for the agent alone. */
const MODE = 0o600;

/** Puts bytes in the place of a file, whole or not at all. */
export type ReplaceStateFile = (path: string, bytes: Uint8Array) => Promise<void>;

/** The usual one. The temporary file always has the same name, so that kills leave no more than one behind. */
export const replaceStateFile: ReplaceStateFile = (path, bytes) =>
  replaceFile(path, bytes, {
    temporary: join(dirname(path), `.${basename(path)}.partial`),
    flags: 'w',
    mode: MODE,
  });

/** A JSON file of the state folder that is always the old or the new one, never a part. One process owns it. */
export interface StateFile<T> {
  /**
   * @returns what the file holds; undefined when there is none or it cannot be used. A damaged file is set
   *   aside as `NAME.damaged` and logged: a device must go on without it.
   */
  read(): Promise<T | undefined>;
  /**
   * Resolves when the value is on disk.
   *
   * @throws UnavailableError when it cannot be written
   */
  write(value: T): Promise<void>;
}

/**
 * @param validate takes what was read and gives it back typed, or throws
 * @param replace how the file is replaced, for tests
 */
export function createStateFile<T>(
  path: string,
  validate: (value: unknown) => T,
  log: Logger,
  replace: ReplaceStateFile = replaceStateFile,
): StateFile<T> {
  return {
    async read() {
      try {
        return validate(await readJson(path));
      } catch (error) {
        if (isMissing(error)) return undefined;
        if (isSystemError(error)) {
          log.error('a state file cannot be read', { path, error });
          return undefined;
        }
        log.error('a state file is damaged and set aside', { path, error });
        await setAside(path, log);
        return undefined;
      }
    },
    async write(value) {
      try {
        await replace(path, Buffer.from(`${JSON.stringify(value)}\n`));
      } catch (cause) {
        throw new UnavailableError(`The state file ${path} cannot be written`, { cause });
      }
    },
  };
}

async function readJson(path: string): Promise<unknown> {
  const { size } = await stat(path);
  if (size > MOST_BYTES) throw expected(`at most ${MOST_BYTES} bytes`, path, size);
  return JSON.parse(await readFile(path, 'utf8'));
}

/** What cannot be set aside (a disk that became read-only) stays; the next write goes over it or fails too. */
async function setAside(path: string, log: Logger): Promise<void> {
  try {
    await rename(path, `${path}.damaged`);
  } catch (error) {
    log.error('a damaged state file cannot be set aside', { path, error });
  }
}

/** What the system said of the file, not what stands in it. */
function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
