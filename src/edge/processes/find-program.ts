import { access, constants } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';

/**
 * Finds a program as a shell would.
 *
 * @param program a name, or an absolute path
 * @param path folders to look in, as PATH holds them
 * @returns the program's absolute path, or undefined when there is none that this user may run
 */
export async function findProgram(program: string, path: string | undefined): Promise<string | undefined> {
  const folders = (path ?? '').split(delimiter).filter(isAbsolute);
  const candidates = isAbsolute(program) ? [program] : folders.map((folder) => join(folder, program));
  for (const candidate of candidates) {
    if (await mayRun(candidate)) return candidate;
  }
  return undefined;
}

async function mayRun(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}
