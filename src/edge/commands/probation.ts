import { UnavailableError } from '@oneface/common/errors/errors';
import type { Clock } from '../clock/clock.js';
import type { Sleep } from '../clock/sleep.js';
import type { OverrideStore } from '../config/override-store.js';
import type { Logger } from '../logging/logger.js';

/** How long values are on probation, in milliseconds. */
export interface ProbationTimes {
  /** The agent must be well for this long without a break; longer than the watchdog waits. */
  readonly well: number;
  /** Values are taken back when it was not by then. */
  readonly latest: number;
  /** Between two looks. */
  readonly look: number;
}

export const PROBATION_TIMES: ProbationTimes = { well: 40_000, latest: 600_000, look: 1000 };

/** What the watch over a probation needs. */
export interface ProbationParts {
  readonly store: OverrideStore;
  /** Why the agent is not well just now; undefined when it is. */
  readonly fault: () => string | undefined;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly sleep: Sleep;
  readonly log: Logger;
}

/**
 * Watches a run that tries new values: confirms them once the agent has been well for long enough, and takes
 * them back when that does not come.
 *
 * @returns how it ended; 'stopped' when it is still open, because of the signal or because its end cannot be
 *   kept
 */
export async function watchProbation(
  { store, fault, clock, sleep, log }: ProbationParts,
  { well, latest, look }: ProbationTimes,
  signal: AbortSignal,
): Promise<'confirmed' | 'rolled-back' | 'stopped'> {
  const start = clock.monotonic();
  let wellSince = start;
  while (!signal.aborted) {
    const now = clock.monotonic();
    const wrong = fault();
    if (wrong !== undefined) wellSince = now;
    try {
      if (wrong === undefined && now - wellSince >= well) {
        await store.confirm();
        return 'confirmed';
      }
      if (now - start >= latest) {
        await store.rollBack(`the agent was not well with it: ${wrong ?? 'not for long enough'}`);
        return 'rolled-back';
      }
    } catch (error) {
      if (!(error instanceof UnavailableError)) throw error;
      log.error('the end of the probation of new settings cannot be kept', { error });
      wellSince = clock.monotonic();
      if (now - start >= latest) return 'stopped';
    }
    await sleep(look, signal);
  }
  return 'stopped';
}
