import type { Sleep } from '../clock/sleep.js';

/** How a piece of work is watched. */
export interface Watch {
  readonly sleep: Sleep;
  /** Milliseconds after which it is given up. */
  readonly deadline: number;
  /** Gives it up at once. */
  readonly stop: AbortSignal;
  /** Told of a failure that came after the work was given up. */
  readonly onLate: (error: unknown) => void;
}

/** How work ended that was given up. */
export type GivenUp = 'too-slow' | 'stopped';

/**
 * Does work and waits for it no longer than a deadline or a stop. Work that is given up has its signal
 * aborted; it is not waited for.
 *
 * @throws what the work throws
 */
export async function withinDeadline<T>(
  work: (signal: AbortSignal) => Promise<T>,
  { sleep, deadline, stop, onLate }: Watch,
): Promise<{ readonly value: T } | GivenUp> {
  if (stop.aborted) return 'stopped';
  const controller = new AbortController();
  const abort = () => controller.abort(stop.reason);
  stop.addEventListener('abort', abort, { once: true });
  let over = false;
  const done = work(controller.signal).then(
    (value) => ({ value }),
    (error: unknown) => {
      if (over || stop.aborted) return onLate(error);
      throw error;
    },
  );
  const givenUp = sleep(deadline, controller.signal).then(() => undefined);
  try {
    const ended = await Promise.race([done, givenUp]);
    if (ended !== undefined) return ended;
    return stop.aborted ? 'stopped' : 'too-slow';
  } finally {
    over = true;
    stop.removeEventListener('abort', abort);
    controller.abort();
  }
}
