/** The part of a process that hears signals and can be ended. */
export interface SignalledProcess {
  on(signal: 'SIGTERM' | 'SIGINT', listener: () => void): unknown;
  exit(code: number): void;
}

/** Exit codes as shells report a process that a signal ended. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

/**
 * Turns SIGTERM and SIGINT into an AbortSignal. Whatever still runs when the deadline has passed, or when a
 * second signal comes, is cut off.
 *
 * @param deadline milliseconds from the first signal
 */
export function stopOnSignals(process: SignalledProcess, deadline: number): AbortSignal {
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (stop.signal.aborted) return process.exit(EXIT_CODES[name]);
      stop.abort();
      setTimeout(() => process.exit(EXIT_CODES[name]), deadline).unref();
    });
  }
  return stop.signal;
}
