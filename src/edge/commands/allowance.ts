import type { Clock } from '../clock/clock.js';

/** How much of something may happen: so many at once, then one more with every interval. */
export interface AllowanceOptions {
  readonly most: number;
  /** Milliseconds until one more is allowed. */
  readonly interval: number;
}

/** A token bucket: `take` says whether one more is allowed now. */
export class Allowance {
  readonly #options: AllowanceOptions;
  readonly #clock: Pick<Clock, 'monotonic'>;
  #left: number;
  #countedAt: number;

  constructor(options: AllowanceOptions, clock: Pick<Clock, 'monotonic'>) {
    this.#options = options;
    this.#clock = clock;
    this.#left = options.most;
    this.#countedAt = clock.monotonic();
  }

  take(): boolean {
    const now = this.#clock.monotonic();
    const { most, interval } = this.#options;
    this.#left = Math.min(most, this.#left + (now - this.#countedAt) / interval);
    this.#countedAt = now;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
