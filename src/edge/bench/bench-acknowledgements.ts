import { UnavailableError } from '@oneface/common/errors/errors';

const PATIENCE_MILLISECONDS = 30_000;

/** Counts the events that the broker has acknowledged. */
export class Acknowledgements {
  count = 0;
  /** Milliseconds that the last one took from being sent. */
  latest = 0;
  readonly #stop: AbortSignal;
  #wake: () => void = () => {};

  /** @param stop ends the waiting */
  constructor(stop: AbortSignal) {
    this.#stop = stop;
    stop.addEventListener('abort', () => this.#wake(), { once: true });
  }

  note(milliseconds: number): void {
    this.count += 1;
    this.latest = milliseconds;
    this.#wake();
  }

  /**
   * Waits until so many have come in all.
   *
   * @throws UnavailableError when they do not come
   */
  async upTo(count: number): Promise<void> {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      this.#wake();
    }, PATIENCE_MILLISECONDS);
    try {
      while (this.count < count) {
        this.#stop.throwIfAborted();
        if (late) throw new UnavailableError('the broker acknowledges no events');
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    } finally {
      clearTimeout(timer);
    }
  }
}
