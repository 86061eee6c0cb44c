/** The two clocks of a machine. Passed in wherever time is read, so that a test can turn them. */
export interface Clock {
  /** Wall clock in milliseconds since 1970. It may be wrong, and may jump either way. */
  now(): number;
  /** Milliseconds from an arbitrary start; never goes back. For durations only. */
  monotonic(): number;
}

/** The machine's own clocks. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
};
