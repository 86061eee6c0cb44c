import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expected } from '@oneface/common/errors/errors';
import { processFigures } from './processes.js';

/** Says that a folder is a soak's, and holds the id of its process. */
const MARK = 'soak.pid';

/**
 * Makes an empty folder for a soak. Whatever an earlier soak left in it is removed.
 *
 * @throws InputError when it holds anything else, or belongs to a soak that still runs
 */
export async function takeRunFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const mark = join(folder, MARK);
  if (existsSync(mark)) {
    const pid = Number(await readFile(mark, 'utf8'));
    if (processFigures(pid) !== undefined && pid !== process.pid) {
      throw expected('a folder that no running soak uses', '--out', folder);
    }
  } else if ((await readdir(folder)).length > 0) {
    throw expected('an empty folder, or one of an earlier soak', '--out', folder);
  }
  for (const name of await readdir(folder)) await rm(join(folder, name), { recursive: true });
  await writeFile(mark, String(process.pid));
}

/** Says that the soak is over; what it left stays. */
export async function releaseRunFolder(folder: string): Promise<void> {
  await writeFile(join(folder, MARK), '0');
}
