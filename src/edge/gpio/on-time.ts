/** A relay that has been off for less than this counts as on all the time. */
export const REST_MILLISECONDS = 1000;

/**
 * Says when a relay is on. An order to be on holds for its time; orders that follow each other within a second
 * are one wish, however many they are. A wish is granted for the longest on-time: then the relay is off until
 * nobody has wanted it on for a second, so that an agent that never stops ordering cannot keep a door open.
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
    if (now - this.#until >= REST_MILLISECONDS) this.#since = now;
    this.#until = now + Math.min(milliseconds, this.#longest);
  }

  off(now: number): void {
    this.#until = Math.min(this.#until, now);
  }

  /** Milliseconds until the relay goes off; 0 when it is off. */
  left(now: number): number {
    return Math.max(0, Math.min(this.#until, this.#since + this.#longest) - now);
  }
}
