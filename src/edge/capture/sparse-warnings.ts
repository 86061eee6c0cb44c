import type { Clock } from '../clock/clock.js';
import type { LogFields, Logger } from '../logging/logger.js';

/** A fault that stays is told this often: logs must last for years. */
const SILENCE_MILLISECONDS = 60_000;

/**
 * Makes a way to warn of faults of one kind that may come with every frame: one warning a minute, with the
 * number of those left out since the last. Those left out are there at level debug.
 */
export function createSparseWarnings(
  log: Logger,
  message: string,
  clock: Pick<Clock, 'monotonic'>,
): (fields: LogFields) => void {
  let silentUntil = Number.NEGATIVE_INFINITY;
  let leftOut = 0;
  return (fields) => {
    const now = clock.monotonic();
    if (now < silentUntil) {
      leftOut += 1;
      log.debug(message, fields);
      return;
    }
    log.warn(message, leftOut === 0 ? fields : { ...fields, leftOut });
    silentUntil = now + SILENCE_MILLISECONDS;
    leftOut = 0;
  };
}
