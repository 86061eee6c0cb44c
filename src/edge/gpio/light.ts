import type { Sleep } from '../clock/sleep.js';
import type { Logger } from '../logging/logger.js';
import type { OutputLine } from './lines.js';

/** Half of a blink: on and off twice a second, which is seen from afar. */
const HALF_BLINK_MILLISECONDS = 250;

/** A light that blinks so that an installer finds the device. */
export class Light {
  readonly #line: OutputLine;
  readonly #sleep: Sleep;
  readonly #log: Logger;
  #stop = new AbortController();
  #blinking: Promise<void> = Promise.resolve();

  /** @param line is off */
  constructor(line: OutputLine, sleep: Sleep, log: Logger) {
    this.#line = line;
    this.#sleep = sleep;
    this.#log = log;
  }

  /**
   * Blinks for so many seconds from now. Resolves when it has begun.
   *
   * @throws UnavailableError when the line cannot be driven any more
   */
  async blink(seconds: number): Promise<void> {
    this.#stop.abort();
    const stop = new AbortController();
    this.#stop = stop;
    await this.#blinking;
    if (stop.signal.aborted) return;
    await this.#line.set(true);
    const halves = Math.round((seconds * 1000) / HALF_BLINK_MILLISECONDS);
    this.#blinking = this.#toggle(halves, stop.signal).catch((error: unknown) => {
      this.#log.error('the light cannot be switched', { error });
    });
  }

  /**
   * Switches off and lets go of the line.
   *
   * @throws UnavailableError when it could not be switched off
   */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.#blinking;
    await this.#line.close();
  }

  async #toggle(halves: number, signal: AbortSignal): Promise<void> {
    for (let half = 1; half <= halves && !signal.aborted; half++) {
      await this.#sleep(HALF_BLINK_MILLISECONDS, signal);
      await this.#line.set(half % 2 === 0 && half < halves && !signal.aborted);
    }
    await this.#line.set(false);
  }
}
