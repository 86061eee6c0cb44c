import type { Frame } from './frame-source.js';

/** Holds the newest frame of a camera that does not wait for its reader. */
export class NewestFrame {
  #frame: Frame | undefined;
  #failure: { readonly error: unknown } | undefined;
  #reader: Reader | undefined;
  #closed = false;
  #dropped = 0;

  /** Frames that a newer one replaced before anybody took them. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Puts a frame in; one that still waits is dropped, and so is a failure: the camera works again. */
  offer(frame: Frame): void {
    if (this.#closed) return;
    this.#failure = undefined;
    const reader = this.#dismissReader();
    if (reader !== undefined) {
      reader.resolve(frame);
      return;
    }
    if (this.#frame !== undefined) this.#dropped += 1;
    this.#frame = frame;
  }

  /** Tells the reader why there is no frame; a frame that still waits goes first. */
  fail(error: unknown): void {
    if (this.#closed) return;
    const reader = this.#dismissReader();
    if (reader !== undefined) reader.reject(error);
    else this.#failure = { error };
  }

  /**
   * Takes the newest frame that nobody took yet, or waits for the next one.
   *
   * @returns undefined once it is closed
   * @throws what `fail` was given, once; the signal's reason when the signal is aborted
   */
  async take(signal: AbortSignal): Promise<Frame | undefined> {
    signal.throwIfAborted();
    if (this.#closed) return undefined;
    const frame = this.#frame;
    if (frame !== undefined) {
      this.#frame = undefined;
      return frame;
    }
    if (this.#failure !== undefined) {
      const { error } = this.#failure;
      this.#failure = undefined;
      throw error;
    }
    return this.#wait(signal);
  }

  close(): void {
    this.#closed = true;
    this.#frame = undefined;
    this.#failure = undefined;
    this.#dismissReader()?.resolve(undefined);
  }

  async #wait(signal: AbortSignal): Promise<Frame | undefined> {
    const abort = () => this.#dismissReader()?.reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    try {
      return await new Promise<Frame | undefined>((resolve, reject) => {
        this.#reader = { resolve, reject };
      });
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  /** At once, not when it wakes: it takes one frame, and the next may come before that. */
  #dismissReader(): Reader | undefined {
    const reader = this.#reader;
    this.#reader = undefined;
    return reader;
  }
}

interface Reader {
  readonly resolve: (frame: Frame | undefined) => void;
  readonly reject: (reason: unknown) => void;
}
