import type { Clock } from '../clock/clock.js';
import type { Entry } from './message-queue.js';

/**
 * Tells how long messages have waited, whatever the wall clock does.
 *
 * Within a run only the monotonic clock counts. The wall clock bridges restarts: it is read once, when it can
 * first be trusted, so that no later jump makes a message older. Without a trusted time, now or when the
 * message was added, one of an earlier run is as old as this run.
 */
export class MessageAge {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #trustedNow: () => number | undefined;
  readonly #openedAt: number;
  /** Wall clock less monotonic clock. */
  #offset: number | undefined;

  /** @param trustedNow milliseconds since 1970; undefined while the wall clock is not to be trusted */
  constructor(clock: Pick<Clock, 'monotonic'>, trustedNow: () => number | undefined) {
    this.#clock = clock;
    this.#trustedNow = trustedNow;
    this.#openedAt = clock.monotonic();
  }

  /** The times that a message gets which is added now. */
  stamp(): Pick<Entry, 'time' | 'addedAt'> {
    const addedAt = this.#clock.monotonic();
    const offset = this.#readOffset(addedAt);
    return { addedAt, time: offset === undefined ? 0 : addedAt + offset };
  }

  /** Milliseconds that a message has waited at least. */
  of({ time, addedAt }: Pick<Entry, 'time' | 'addedAt'>): number {
    const now = this.#clock.monotonic();
    if (addedAt !== undefined) return now - addedAt;
    const sinceOpened = now - this.#openedAt;
    const offset = this.#readOffset(now);
    if (offset === undefined || time === 0) return sinceOpened;
    return Math.max(sinceOpened, now + offset - time);
  }

  #readOffset(now: number): number | undefined {
    if (this.#offset === undefined) {
      const trusted = this.#trustedNow();
      if (trusted !== undefined) this.#offset = trusted - now;
    }
    return this.#offset;
  }
}
