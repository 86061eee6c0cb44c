import { OnefaceError } from '@oneface/common/errors/errors';
import type { Clock } from '../clock/clock.js';
import type { Sleep } from '../clock/sleep.js';
import { decorrelatedJitter } from '../mqtt/backoff.js';
import { CameraError } from './camera-error.js';

/** Pauses between two starts grow from the first to the second, as those of Frigate's watchdog do. */
export const SHORTEST_PAUSE_MS = 1000;
export const LONGEST_PAUSE_MS = 60_000;
/** What gave frames for this long was well: the next pause is a short one again. */
const GOOD_MS = 60_000;

/** What the watch over a camera program needs from outside. */
export interface KeepRunningDeps {
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly sleep: Sleep;
  /** Draws from [0, 1). */
  readonly random: () => number;
}

export interface KeepRunningOptions {
  /** What to call it in the error of a stall. */
  readonly name: string;
  /** It is ended and started again when it gave no frame for this long. */
  readonly stallMs: number;
  /**
   * Starts it and waits for its end.
   *
   * @param onFrame to be called at each frame
   * @throws OnefaceError saying why it ended; the signal's reason once the signal is aborted
   */
  readonly run: (signal: AbortSignal, onFrame: () => void) => Promise<never>;
  /** Told each time it ended, with the pause before the next start. */
  readonly onFailure: (error: OnefaceError, pauseMs: number) => void;
  /** Told before each start but the first. */
  readonly onRestart: () => void;
}

/**
 * Keeps a camera program or connection running: ends it when it stalls, and starts it again after pauses
 * that grow while it fails.
 *
 * @param signal ends it for good; the promise then resolves
 * @throws what `run` throws that is no OnefaceError: a defect
 */
export async function keepRunning(
  options: KeepRunningOptions,
  { clock, sleep, random }: KeepRunningDeps,
  signal: AbortSignal,
): Promise<void> {
  const backoff = decorrelatedJitter(random, SHORTEST_PAUSE_MS, LONGEST_PAUSE_MS);
  for (let starts = 0; !signal.aborted; starts++) {
    if (starts > 0) options.onRestart();
    let firstFrame: number | undefined;
    const error = await runUntilItStalls(options, signal, () => {
      firstFrame ??= clock.monotonic();
    });
    if (error === undefined) return;
    if (firstFrame !== undefined && clock.monotonic() - firstFrame >= GOOD_MS) backoff.reset();
    const pause = backoff.next();
    options.onFailure(error, pause);
    await sleep(pause, signal);
  }
}

/** Says why it ended, or undefined when the signal is aborted. */
async function runUntilItStalls(
  { name, stallMs, run }: KeepRunningOptions,
  signal: AbortSignal,
  onFrame: () => void,
): Promise<OnefaceError | undefined> {
  const stop = new AbortController();
  const abort = () => stop.abort(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  const stall = new CameraError('no-frame', `${name} gave no frame for ${stallMs / 1000} s`);
  const watchdog = setTimeout(() => stop.abort(stall), stallMs);
  try {
    return await run(stop.signal, () => {
      watchdog.refresh();
      onFrame();
    });
  } catch (error) {
    if (signal.aborted) return undefined;
    if (!(error instanceof OnefaceError)) throw error;
    return error;
  } finally {
    clearTimeout(watchdog);
    signal.removeEventListener('abort', abort);
  }
}
