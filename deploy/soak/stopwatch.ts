/** Counts the seconds since it was started, by a clock that never jumps. */
export class Stopwatch {
  #from = performance.now();
  #startedAt = Date.now();

  /** Starts from 0. */
  start(): void {
    this.#from = performance.now();
    this.#startedAt = Date.now();
  }

  get seconds(): number {
    return (performance.now() - this.#from) / 1000;
  }

  /** When it was started, by the wall clock. */
  get startedAt(): string {
    return new Date(this.#startedAt).toISOString();
  }
}
