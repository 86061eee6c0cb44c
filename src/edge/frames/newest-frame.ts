import type { Frame } from './frame-source.js';

/** Holds the newest frame of a camera that does not wait for its reader. */
export class NewestFrame {
  #frame: Frame | undefined;
  #failure: { readonly error: unknown } | undefined;
  #reader: PromiseWithResolvers | undefined;
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
    if (this.#reader !== undefined) this.#reader.resolve(frame);
    else {
      if (this.#frame !== undefined) this.#dropped += 1;
      this.#frame = frame;
    }
  }

  /** Tells the reader why there is no frame; a frame that still waits goes first. */
  fail(error: unknown): void {
    if (this.#closed) return;
    if (this.#reader !== undefined) this.#reader.reject(error);
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
    this.#reader?.resolve(undefined);
  }

  async #wait(signal: AbortSignal): Promise<Frame | undefined> {
    const abort = () => this.#reader?.reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    try {
      return await new Promise<Frame | undefined>((resolve, reject) => {
        this.#reader = { resolve, reject };
      });
    } finally {
      this.#reader = undefined;
      signal.removeEventListener('abort', abort);
    }
  }
}

interface PromiseWithResolvers {
  readonly resolve: (frame: Frame | undefined) => void;
  readonly reject: (reason: unknown) => void;
}
