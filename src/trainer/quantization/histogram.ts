/** Bins on each side of zero. */
const HALF = 2048;

/**
 * Histogram of numbers whose range is not known beforehand, in fixed memory.
 *
 * The bins reach from -limit to limit, with zero on an edge. A number beyond the limit doubles it, and
 * neighbouring bins merge. Exact zeros are not counted: quantisation keeps them exact, and after a ReLU
 * they are half of all numbers.
 */
export class Histogram {
  /** Counts of the bins, lowest first. */
  readonly counts = new Float64Array(2 * HALF);
  #limit = 2 ** -10;
  #minimum = 0;
  #maximum = 0;

  /** Smallest number seen, or 0 if that is smaller. */
  get minimum(): number {
    return this.#minimum;
  }

  /** Largest number seen, or 0 if that is larger. */
  get maximum(): number {
    return this.#maximum;
  }

  /** Counts numbers, all of them finite. */
  add(values: Float32Array): void {
    let minimum = this.#minimum;
    let maximum = this.#maximum;
    for (const value of values) {
      if (value < minimum) minimum = value;
      else if (value > maximum) maximum = value;
    }
    this.#minimum = minimum;
    this.#maximum = maximum;
    while (Math.max(-minimum, maximum) >= this.#limit) this.#double();
    const binsPerUnit = HALF / this.#limit;
    for (const value of values) {
      if (value === 0) continue;
      const bin = Math.floor(value * binsPerUnit) + HALF;
      this.counts[bin] = (this.counts[bin] as number) + 1;
    }
  }

  /** Middle of a bin. */
  centre(bin: number): number {
    return ((bin + 0.5 - HALF) * this.#limit) / HALF;
  }

  #double(): void {
    const counts = this.counts;
    const merged = new Float64Array(2 * HALF);
    for (let bin = 0; bin < counts.length; bin++) {
      const target = HALF + Math.floor((bin - HALF) / 2);
      merged[target] = (merged[target] as number) + (counts[bin] as number);
    }
    counts.set(merged);
    this.#limit *= 2;
  }
}
