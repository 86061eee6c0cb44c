import { setImmediate } from 'node:timers/promises';
import type { Clock } from '@oneface/edge/clock/clock';
import type { Sleep } from '@oneface/edge/clock/sleep';

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

/** Time that passes only when nothing else is left to do: hours of sleeping take no time at all. */
export class SimulatedTime {
  readonly #sleepers = new Set<Sleeper>();
  #now = 0;
  /** What the wall clock is off by; may be changed at any time. */
  wallOffset = Date.UTC(2026, 2, 1);

  readonly clock: Clock = {
    now: () => Math.round(this.#now) + this.wallOffset,
    monotonic: () => this.#now,
  };

  readonly sleep: Sleep = (milliseconds, signal) =>
    new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const end = () => {
        this.#sleepers.delete(sleeper);
        signal.removeEventListener('abort', end);
        resolve();
      };
      const sleeper = { at: this.#now + milliseconds, wake: end };
      this.#sleepers.add(sleeper);
      signal.addEventListener('abort', end);
    });

  /** Uses time up without letting anything else happen: work. */
  spend(milliseconds: number): void {
    this.#now += milliseconds;
  }

  /** Lets everything happen that is due within so many milliseconds. */
  async pass(milliseconds: number): Promise<void> {
    const end = this.#now + milliseconds;
    for (;;) {
      await setImmediate();
      const next = this.#next();
      if (next === undefined || next.at > end) break;
      this.#wake(next);
    }
    this.#now = Math.max(this.#now, end);
  }

  /** Lets time pass until the promise is settled. Fails when nobody sleeps any more and it is not. */
  async until<T>(promise: Promise<T>): Promise<T> {
    let settled = false;
    const noted = promise.finally(() => {
      settled = true;
    });
    // Its failure is that of the promise which is returned.
    noted.catch(() => settled);
    for (;;) {
      await setImmediate();
      if (settled) return promise;
      const next = this.#next();
      if (next === undefined) throw new Error('Nobody sleeps, and it is not done');
      this.#wake(next);
    }
  }

  #next(): Sleeper | undefined {
    let next: Sleeper | undefined;
    for (const sleeper of this.#sleepers) if (next === undefined || sleeper.at < next.at) next = sleeper;
    return next;
  }

  #wake(sleeper: Sleeper): void {
    this.#now = Math.max(this.#now, sleeper.at);
    sleeper.wake();
  }
}
