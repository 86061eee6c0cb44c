import type { Clock } from '../clock/clock.js';
import type { Logger } from '../logging/logger.js';
import { CameraError } from './camera-error.js';
import type { Frame, FrameSource, SourceCounts } from './frame-source.js';
import { createJpegSplitter } from './jpeg-splitter.js';
import { type KeepRunningDeps, keepRunning } from './keep-running.js';
import { NewestFrame } from './newest-frame.js';

/** Larger frames are left out of a stream: a 4K JPEG at high quality takes a third of it. */
const MOST_STREAMED_FRAME_BYTES = 16 * 1024 * 1024;
/** A program may say as much on stdout before its first picture. */
const MOST_CHATTER_BYTES = 1024;

/** What a continuous source needs from outside. */
export interface ContinuousSourceDeps extends KeepRunningDeps {
  readonly clock: Pick<Clock, 'now' | 'monotonic'>;
  readonly log: Pick<Logger, 'warn' | 'info'>;
}

/** Where the bytes of a continuous source come from. */
export interface ContinuousSourceOptions {
  /** What to call the source in logs. */
  readonly name: string;
  readonly replays: boolean;
  readonly stallSeconds: number;
  /**
   * Opens the stream and hands on its bytes until it ends.
   *
   * @throws OnefaceError saying why it ended; the signal's reason once the signal is aborted
   */
  readonly open: (onBytes: (bytes: Uint8Array) => void, signal: AbortSignal) => Promise<never>;
}

/**
 * Makes a frame source of a stream of JPEG pictures that does not wait for its reader: only the newest frame
 * is kept. The stream is opened at once, ended when it stalls and opened again with growing pauses. The
 * source never ends by itself.
 */
export function createContinuousSource(
  options: ContinuousSourceOptions,
  deps: ContinuousSourceDeps,
): FrameSource {
  return new ContinuousSource(options, deps);
}

class ContinuousSource implements FrameSource {
  readonly name: string;
  readonly replays: boolean;
  readonly #deps: ContinuousSourceDeps;
  readonly #newest = new NewestFrame();
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  #frames = 0;
  #restarts = 0;
  #defect: { readonly error: unknown } | undefined;

  constructor(options: ContinuousSourceOptions, deps: ContinuousSourceDeps) {
    this.name = options.name;
    this.replays = options.replays;
    this.#deps = deps;
    this.#running = this.#run(options);
  }

  get counts(): SourceCounts {
    return { dropped: this.#newest.dropped, restarts: this.#restarts };
  }

  async next(signal: AbortSignal): Promise<Frame | undefined> {
    if (this.#defect !== undefined) throw this.#defect.error;
    return this.#newest.take(signal);
  }

  async close(): Promise<void> {
    this.#newest.close();
    this.#stop.abort();
    await this.#running;
  }

  async #run({ name, stallSeconds, open }: ContinuousSourceOptions): Promise<void> {
    const { log } = this.#deps;
    try {
      await keepRunning(
        {
          name,
          stallMs: stallSeconds * 1000,
          run: (signal, onFrame) => this.#read(open, signal, onFrame),
          onFailure: (error, pauseMs) => {
            log.warn('the camera ended', { source: name, error, pauseSeconds: pauseMs / 1000 });
            this.#newest.fail(error);
          },
          onRestart: () => {
            this.#restarts += 1;
            log.info('the camera is started again', { source: name, restarts: this.#restarts });
          },
        },
        this.#deps,
        this.#stop.signal,
      );
    } catch (error) {
      // A defect: the reader hears of it, as nobody waits for this promise before the end.
      this.#defect = { error };
      this.#newest.fail(error);
    }
  }

  /** Reads the stream once, until it ends. */
  async #read(
    open: ContinuousSourceOptions['open'],
    signal: AbortSignal,
    onFrame: () => void,
  ): Promise<never> {
    const before = this.#frames;
    let received = 0;
    const splitter = createJpegSplitter({
      mostBytes: MOST_STREAMED_FRAME_BYTES,
      onPicture: (bytes) => {
        onFrame();
        this.#frames += 1;
        const name = `${this.name} #${this.#frames}`;
        this.#newest.offer({ bytes, capturedAt: this.#deps.clock.now(), name });
      },
    });
    const onBytes = (bytes: Uint8Array) => {
      received += bytes.length;
      splitter.push(bytes);
    };
    try {
      return await open(onBytes, signal);
    } catch (error) {
      const isStall = error instanceof CameraError && error === signal.reason;
      if (!isStall || this.#frames > before || received <= MOST_CHATTER_BYTES) throw error;
      const what = `none of the ${received} bytes that came are a whole JPEG picture`;
      throw new CameraError(error.trouble, `${error.message}: ${what}`, { cause: error });
    }
  }
}
