import type { Clock } from '../clock/clock.js';

/** Says when to try again what does not work: after pauses that double up to a longest one. */
export class RetrySchedule {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #first: number;
  readonly #longest: number;
  #pause: number;
  #at = 0;

  /** @param first shortest pause, milliseconds */
  constructor(clock: Pick<Clock, 'monotonic'>, first: number, longest: number) {
    this.#clock = clock;
    this.#first = first;
    this.#longest = longest;
    this.#pause = first;
  }

  /** Milliseconds until the next try; 0 when it is due. */
  get remaining(): number {
    return Math.max(0, this.#at - this.#clock.monotonic());
  }

  failed(): void {
    this.#at = this.#clock.monotonic() + this.#pause;
    this.#pause = Math.min(2 * this.#pause, this.#longest);
  }

  worked(): void {
    this.#pause = this.#first;
  }
}
