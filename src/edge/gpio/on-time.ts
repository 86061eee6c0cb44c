/**
 * Says when a relay is on. An order to be on holds for its time; orders that follow each other without a gap
 * are one wish, however many they are. A wish is granted for the longest on-time: then the relay is off until
 * the wish has ended, so that an agent that never stops ordering cannot keep a door open.
 *
 * All times are milliseconds of a clock that never goes back.
 */
export class OnTime {
  readonly #longest: number;
  #since = Number.NEGATIVE_INFINITY;
  #until = Number.NEGATIVE_INFINITY;

  /** @param longest on-time in milliseconds */
  constructor(longest: number) {
    this.#longest = longest;
  }

  /** An order to be on from now, for no longer than the longest on-time. It replaces the one before. */
  on(now: number, milliseconds: number): void {
    if (now >= this.#until) this.#since = now;
    this.#until = now + Math.min(milliseconds, this.#longest);
  }

  off(): void {
    this.#until = Number.NEGATIVE_INFINITY;
  }

  /** Milliseconds until the relay goes off; 0 when it is off. */
  left(now: number): number {
    return Math.max(0, Math.min(this.#until, this.#since + this.#longest) - now);
  }
}
