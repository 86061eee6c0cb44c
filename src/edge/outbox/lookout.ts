import type { Sleep } from '../clock/sleep.js';

/** Looks at something again and again, with pauses that may differ. */
export class Lookout {
  readonly #sleep: Sleep;
  readonly #pause: () => number;
  readonly #look: () => void;
  #nap = new AbortController();
  #isOver = false;
  readonly #ended: Promise<void>;

  /**
   * Looks for the first time after the first pause.
   *
   * @param pause gives the milliseconds until the next look
   */
  constructor(sleep: Sleep, pause: () => number, look: () => void) {
    this.#sleep = sleep;
    this.#pause = pause;
    this.#look = look;
    this.#ended = this.#run();
  }

  /** The pause may be another one now: looks at once, and begins the next. */
  wake(): void {
    this.#nap.abort();
  }

  /** Resolves when there will be no look any more. */
  async stop(): Promise<void> {
    this.#isOver = true;
    this.#nap.abort();
    await this.#ended;
  }

  async #run(): Promise<void> {
    while (!this.#isOver) {
      this.#nap = new AbortController();
      await this.#sleep(this.#pause(), this.#nap.signal);
      if (!this.#isOver) this.#look();
    }
  }
}
