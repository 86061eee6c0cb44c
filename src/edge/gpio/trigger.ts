import { OnefaceError } from '@oneface/common/errors/errors';
import type { Clock } from '../clock/clock.js';
import type { Sleep } from '../clock/sleep.js';
import type { Logger } from '../logging/logger.js';
import { decorrelatedJitter } from '../mqtt/backoff.js';
import type { TriggerOptions } from './gpio-options.js';
import type { GpioDriver } from './lines.js';

/** Pauses between two attempts to have the line grow from the first to the second. */
const SHORTEST_PAUSE_MILLISECONDS = 1000;
const LONGEST_PAUSE_MILLISECONDS = 600_000;
/** A line that was there for this long was well: the next pause is a short one again. */
const GOOD_MILLISECONDS = 60_000;

export interface TriggerDeps {
  readonly driver: Pick<GpioDriver, 'input'>;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly sleep: Sleep;
  /** Draws from [0, 1). */
  readonly random: () => number;
  readonly log: Logger;
}

/**
 * Listens to a motion detector or a button. A line that cannot be had, or is lost, is tried again after
 * pauses that grow: a loose wire or a slow udev must not keep the agent from its work, nor for ever.
 *
 * @param onRise called whenever the line becomes active
 * @param signal ends it; the promise then resolves and the line is let go
 */
export async function listen(
  options: TriggerOptions,
  onRise: () => void,
  deps: TriggerDeps,
  signal: AbortSignal,
): Promise<void> {
  const { clock, sleep, random, log } = deps;
  const trigger = `${options.kind} at line ${options.line}`;
  const backoff = decorrelatedJitter(random, SHORTEST_PAUSE_MILLISECONDS, LONGEST_PAUSE_MILLISECONDS);
  while (!signal.aborted) {
    const started = clock.monotonic();
    const error = await untilLost(options, onRise, deps, signal, () => {
      log.info('listening to a trigger', { trigger });
    });
    if (error === undefined) return;
    if (clock.monotonic() - started >= GOOD_MILLISECONDS) backoff.reset();
    const pause = backoff.next();
    log.error('a trigger is lost and tried again', { trigger, error, seconds: Math.round(pause / 1000) });
    await sleep(pause, signal);
  }
}

/** Says why the line is lost, or undefined when the signal is aborted. */
async function untilLost(
  options: TriggerOptions,
  onRise: () => void,
  { driver }: TriggerDeps,
  signal: AbortSignal,
  onOpen: () => void,
): Promise<Error | undefined> {
  const { promise: lost, resolve: lose } = withResolver<Error | undefined>();
  const stop = () => lose(undefined);
  signal.addEventListener('abort', stop, { once: true });
  try {
    const input = await driver.input(options, onRise, lose);
    onOpen();
    try {
      return await lost;
    } finally {
      await input.close();
    }
  } catch (error) {
    if (!(error instanceof OnefaceError)) throw error;
    return error;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

function withResolver<T>() {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
