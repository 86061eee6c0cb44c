import type { Clock } from '@oneface/edge/clock/clock';
import type { Sleep } from '@oneface/edge/clock/sleep';

interface Sleeper {
  readonly until: number;
  readonly wake: () => void;
}

/** Time that stands still until a test moves it. */
export class TestTime implements Pick<Clock, 'monotonic'> {
  #now = 0;
  readonly #sleepers = new Set<Sleeper>();

  monotonic(): number {
    return this.#now;
  }

  readonly sleep: Sleep = (milliseconds, signal) =>
    new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const wake = () => {
        this.#sleepers.delete(sleeper);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      const sleeper = { until: this.#now + milliseconds, wake };
      this.#sleepers.add(sleeper);
      signal.addEventListener('abort', wake);
    });

  /** Those who sleep never wake: their process is gone. */
  forgetSleepers(): void {
    this.#sleepers.clear();
  }

  /** Moves the time on in one step, as if nothing had been done in between. */
  async jump(milliseconds: number): Promise<void> {
    this.#now += milliseconds;
    await this.advance(0);
  }

  /** Moves the time on and wakes who has slept long enough. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.#now + milliseconds;
    for (;;) {
      const due = [...this.#sleepers].filter(({ until }) => until <= end).sort((a, b) => a.until - b.until);
      const [next] = due;
      if (next === undefined) break;
      this.#now = Math.max(this.#now, next.until);
      next.wake();
      await idle();
    }
    this.#now = end;
    await idle();
  }
}

/** Lets everything happen that waits for nothing but its turn. */
export async function idle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
