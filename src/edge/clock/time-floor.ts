import { expected, OnefaceError } from '@oneface/common/errors/errors';
import { CLOSED, timeField } from '@oneface/common/events/fields';
import { compileValidator } from '@oneface/common/schemas/validator';
import { type Static, Type } from '@sinclair/typebox';
import { createStateFile, type ReplaceStateFile } from '../files/state-file.js';
import type { Logger } from '../logging/logger.js';

const FloorFile = Type.Object(
  { lastGood: timeField('The wall clock when a time server last kept it.') },
  CLOSED,
);
type FloorFile = Static<typeof FloorFile>;

const validate = compileValidator(FloorFile, 'the last good time');
/** The form alone would let the 13th month pass. */
function validateFloor(value: unknown): FloorFile {
  const floor = validate(value);
  if (Number.isNaN(Date.parse(floor.lastGood))) throw expected('a time that is', 'the last good time', value);
  return floor;
}

/** Keeps the last good time over restarts. */
export interface FloorStore {
  /** Milliseconds since 1970, or undefined when none is kept. */
  read(): Promise<number | undefined>;
  /** Resolves when it is on disk. A disk that cannot be written is logged. */
  write(time: number): Promise<void>;
}

/**
 * Keeps the last good time in a file of the state folder. A damaged file counts as none.
 *
 * @param replace how the file is replaced, for tests
 */
export function createFloorFile(path: string, log: Logger, replace?: ReplaceStateFile): FloorStore {
  const file = createStateFile(path, validateFloor, log, replace);
  return {
    async read() {
      const kept = await file.read();
      return kept && Date.parse(kept.lastGood);
    },
    async write(time) {
      try {
        await file.write({ lastGood: new Date(time).toISOString() });
      } catch (error) {
        if (!(error instanceof OnefaceError)) throw error;
        log.warn('the last good time is not kept', { error });
      }
    },
  };
}
