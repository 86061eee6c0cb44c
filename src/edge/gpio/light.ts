import type { Sleep } from '../clock/sleep.js';
import type { OutputLine } from './lines.js';

/** Half of a blink: on and off twice a second, which is seen from afar. */
const HALF_BLINK_MILLISECONDS = 250;

/** A light that blinks so that an installer finds the device. */
export class Light {
  readonly #line: OutputLine;
  readonly #sleep: Sleep;
  #stop = new AbortController();
  #blinking: Promise<void> = Promise.resolve();

  /** @param line is off */
  constructor(line: OutputLine, sleep: Sleep) {
    this.#line = line;
    this.#sleep = sleep;
  }

  /** Blinks for so many seconds from now. Resolves when it has begun. */
  async blink(seconds: number): Promise<void> {
    await this.#end();
    this.#stop = new AbortController();
    this.#line.set(true);
    this.#blinking = this.#toggle(Math.round((seconds * 1000) / HALF_BLINK_MILLISECONDS), this.#stop.signal);
  }

  /** Switches off and lets go of the line. */
  async close(): Promise<void> {
    await this.#end();
    this.#line.close();
  }

  async #end(): Promise<void> {
    this.#stop.abort();
    await this.#blinking;
  }

  async #toggle(halves: number, signal: AbortSignal): Promise<void> {
    for (let half = 1; half <= halves && !signal.aborted; half++) {
      await this.#sleep(HALF_BLINK_MILLISECONDS, signal);
      this.#line.set(half % 2 === 0 && half < halves && !signal.aborted);
    }
    this.#line.set(false);
  }
}
