/** Pauses between attempts to connect. */
export interface Backoff {
  /**
   * The next pause in milliseconds.
   *
   * @param least no pause is shorter than this; the shortest one of the backoff if left out
   */
  next(least?: number): number;
  /** Starts over with the shortest pause. */
  reset(): void;
}

const SHORTEST = 1000;
const LONGEST = 600_000;

/**
 * Decorrelated jitter: each pause is drawn between the shortest one and three times the one before, so a
 * fleet that lost its broker does not come back in one wave (M. Brooker, "Exponential Backoff And Jitter",
 * AWS Architecture Blog, 2015).
 *
 * @param random draws from [0, 1)
 */
export function decorrelatedJitter(random: () => number, shortest = SHORTEST, longest = LONGEST): Backoff {
  let pause = shortest;
  return {
    next(least = shortest) {
      const bottom = Math.max(shortest, least);
      const top = Math.max(3 * pause, bottom);
      pause = Math.min(longest, bottom + random() * (top - bottom));
      return pause;
    },
    reset() {
      pause = shortest;
    },
  };
}
