/**
 * When the next frame is due. A frame that was taken a little late does not delay the ones after it, so that
 * the mean rate is the wanted one.
 */
export class FramePace {
  #last = Number.NEGATIVE_INFINITY;
  #period = 0;
  #notBefore: number;

  /** @param now the first frame is due at once */
  constructor(now: number) {
    this.#notBefore = now;
  }

  /** Sets the rate from the last frame on. */
  set perSecond(rate: number) {
    this.#period = 1000 / rate;
  }

  get due(): number {
    return Math.max(this.#last + this.#period, this.#notBefore);
  }

  /** A frame was taken. */
  taken(now: number): void {
    const late = now - this.due;
    this.#last = late >= 0 && late < this.#period ? this.due : now;
  }

  /** No frame is due before that time. */
  holdUntil(time: number): void {
    this.#notBefore = time;
  }
}
