import type { Sleep } from '../clock/sleep.js';
import { type Backoff, decorrelatedJitter } from '../mqtt/backoff.js';
import type { Frame, FrameSource } from './frame-source.js';
import { LONGEST_PAUSE_MS, SHORTEST_PAUSE_MS } from './keep-running.js';

/** What a source that takes one picture at a time needs from outside. */
export interface OneShotSourceDeps {
  readonly sleep: Sleep;
  /** Draws from [0, 1). */
  readonly random: () => number;
}

export interface OneShotSourceOptions {
  /** What to call the source in logs. */
  readonly name: string;
  readonly replays: boolean;
  /**
   * Takes one picture.
   *
   * @throws OnefaceError when there is none; the signal's reason once the signal is aborted
   */
  readonly capture: (signal: AbortSignal) => Promise<Omit<Frame, 'name'>>;
}

/**
 * Makes a frame source that takes a picture whenever it is asked. After a failure it waits before it tries
 * again, the longer the more have failed in a row. It never ends by itself.
 */
export function createOneShotSource(options: OneShotSourceOptions, deps: OneShotSourceDeps): FrameSource {
  return new OneShotSource(options, deps);
}

class OneShotSource implements FrameSource {
  readonly name: string;
  readonly replays: boolean;
  readonly counts = { dropped: 0, restarts: 0 };
  readonly #capture: OneShotSourceOptions['capture'];
  readonly #sleep: Sleep;
  readonly #backoff: Backoff;
  #running: { readonly stop: AbortController; readonly shot: Promise<Omit<Frame, 'name'>> } | undefined;
  #failed = false;
  #closed = false;
  #frames = 0;

  constructor({ name, replays, capture }: OneShotSourceOptions, { sleep, random }: OneShotSourceDeps) {
    this.name = name;
    this.replays = replays;
    this.#capture = capture;
    this.#sleep = sleep;
    this.#backoff = decorrelatedJitter(random, SHORTEST_PAUSE_MS, LONGEST_PAUSE_MS);
  }

  async next(signal: AbortSignal): Promise<Frame | undefined> {
    signal.throwIfAborted();
    if (this.#closed) return undefined;
    // AbortSignal.any would leave a trace of every shot in the agent's one long-lived signal.
    const stop = new AbortController();
    const abort = () => stop.abort(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    const shot = this.#shoot(stop.signal);
    this.#running = { stop, shot };
    try {
      const frame = await shot;
      this.#frames += 1;
      return { ...frame, name: `${this.name} #${this.#frames}` };
    } catch (error) {
      if (this.#closed) return undefined;
      throw error;
    } finally {
      signal.removeEventListener('abort', abort);
      this.#running = undefined;
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#running === undefined) return;
    this.#running.stop.abort();
    await Promise.allSettled([this.#running.shot]);
  }

  async #shoot(signal: AbortSignal): Promise<Omit<Frame, 'name'>> {
    if (this.#failed) {
      await this.#sleep(this.#backoff.next(), signal);
      signal.throwIfAborted();
      this.counts.restarts += 1;
    }
    try {
      const frame = await this.#capture(signal);
      this.#failed = false;
      this.#backoff.reset();
      return frame;
    } catch (error) {
      this.#failed ||= !signal.aborted;
      throw error;
    }
  }
}
