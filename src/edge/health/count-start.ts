import { OnefaceError } from '@oneface/common/errors/errors';
import { CLOSED } from '@oneface/common/events/fields';
import { compileValidator } from '@oneface/common/schemas/validator';
import { Type } from '@sinclair/typebox';
import { createStateFile, type ReplaceStateFile } from '../files/state-file.js';
import type { Logger } from '../logging/logger.js';

const StartsFile = Type.Object({ starts: Type.Integer({ minimum: 1 }) }, CLOSED);
const validate = compileValidator(StartsFile, 'the count of starts');

/**
 * Counts this start of the agent in a file of the state folder. A damaged count begins again at 1; a disk
 * that cannot be written is logged.
 *
 * @param replace how the file is replaced, for tests
 * @returns starts since the file was made, this one included
 */
export async function countStart(path: string, log: Logger, replace?: ReplaceStateFile): Promise<number> {
  const file = createStateFile(path, validate, log, replace);
  const starts = ((await file.read())?.starts ?? 0) + 1;
  try {
    await file.write({ starts });
  } catch (error) {
    if (!(error instanceof OnefaceError)) throw error;
    log.warn('this start is not counted', { error });
  }
  return starts;
}
