import { expected } from '@oneface/common/errors/errors';
import type { Clock } from '../clock/clock.js';

export interface Quantiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/**
 * Holds the samples of the last while, in memory that does not grow: with more than `capacity` of them the
 * oldest go early. Ages go by the monotonic clock, so a wall clock that jumps changes nothing.
 *
 * (The windows of prom-client's own summaries turn by the wall clock: a jump from 1970 to today keeps them
 * busy for seconds, one backwards stops them.)
 */
export class SampleWindow {
  readonly #values: Float64Array;
  readonly #times: Float64Array;
  readonly #longest: number;
  readonly #clock: Pick<Clock, 'monotonic'>;
  #count = 0;
  #sum = 0;

  /**
   * @param longest milliseconds that a sample counts
   * @throws InputError when `capacity` is no positive integer
   */
  constructor(capacity: number, longest: number, clock: Pick<Clock, 'monotonic'>) {
    if (!Number.isInteger(capacity) || capacity < 1) {
      throw expected('a positive integer', 'the capacity of a sample window', capacity);
    }
    this.#values = new Float64Array(capacity);
    this.#times = new Float64Array(capacity);
    this.#longest = longest;
    this.#clock = clock;
  }

  /** Samples since the start, those that no longer count included. */
  get count(): number {
    return this.#count;
  }

  /** Sum of all samples since the start. */
  get sum(): number {
    return this.#sum;
  }

  /** @throws InputError when the sample is no finite number of at least 0 */
  add(value: number): void {
    if (!Number.isFinite(value) || value < 0) throw expected('a number of at least 0', 'a sample', value);
    const place = this.#count % this.#values.length;
    this.#values[place] = value;
    this.#times[place] = this.#clock.monotonic();
    this.#count += 1;
    this.#sum += value;
  }

  /** By nearest rank, so each is a sample that was; undefined without any sample that counts. */
  quantiles(): Quantiles | undefined {
    const oldest = this.#clock.monotonic() - this.#longest;
    const held = Math.min(this.#count, this.#values.length);
    const sorted = this.#values
      .slice(0, held)
      .filter((_, place) => this.#times[place] >= oldest)
      .sort();
    if (sorted.length === 0) return undefined;
    const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1];
    return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
  }
}
