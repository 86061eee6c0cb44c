import type { Clock } from '../clock/clock.js';

/** The longest that one pass of the model may take before the agent counts as stuck. */
export const LONGEST_PASS_MILLISECONDS = 8000;
/** The same for a frame with all its passes, where a slow device needs many of them. */
export const LONGEST_FRAME_MILLISECONDS = 60_000;

/** Something that took longer than it may. */
export interface Overdue {
  readonly what: string;
  /** Milliseconds since it began. */
  readonly running: number;
  /** Milliseconds that it may take. */
  readonly limit: number;
}

/** One thing that goes on all the time, such as the frame loop: it always says what it does now. */
export interface Pulse {
  /**
   * Says what is done from now on, and how long that may take at most.
   *
   * @param limit milliseconds; infinite for waiting that somebody else bounds
   */
  beat(doing: string, limit: number): void;
  /** Nothing is done any more: it has ended in order. */
  rest(): void;
}

/** Knows whether the agent gets on with its work. */
export interface Liveness {
  pulse(name: string): Pulse;
  /** Does some work that may take `limit` milliseconds at most; it is not cut off, only found overdue. */
  within<T>(what: string, limit: number, work: () => Promise<T>): Promise<T>;
  /** What has been going on for longer than it may, or undefined; of several the one that began last: it holds the others up. */
  overdue(): Overdue | undefined;
}

interface Activity {
  readonly what: string;
  readonly since: number;
  readonly limit: number;
}

export function createLiveness(clock: Pick<Clock, 'monotonic'>): Liveness {
  const activities = new Map<symbol, Activity>();
  const start = (key: symbol, what: string, limit: number) =>
    activities.set(key, { what, since: clock.monotonic(), limit });
  return {
    pulse(name) {
      const key = Symbol(name);
      return {
        beat: (doing, limit) => start(key, `${name}: ${doing}`, limit),
        rest: () => activities.delete(key),
      };
    },
    async within(what, limit, work) {
      const key = Symbol(what);
      start(key, what, limit);
      try {
        return await work();
      } finally {
        activities.delete(key);
      }
    },
    overdue() {
      const now = clock.monotonic();
      const overdue = [...activities.values()].filter(({ since, limit }) => now - since > limit);
      if (overdue.length === 0) return undefined;
      const { what, since, limit } = overdue.reduce((last, each) => (each.since >= last.since ? each : last));
      return { what, running: now - since, limit };
    },
  };
}
