/** Exit codes as shells report a process that a signal ended. */
const EXIT_CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;
type StopSignal = keyof typeof EXIT_CODES;

/** The part of a process that hears signals and can be ended. */
export interface SignalledProcess {
  readonly pid: number;
  on(signal: StopSignal, listener: () => void): unknown;
  once(event: 'exit', listener: () => void): unknown;
  removeAllListeners(signal: StopSignal): unknown;
  kill(pid: number, signal: StopSignal): unknown;
  exit(code: number): void;
}

/**
 * Turns SIGTERM, SIGINT and SIGHUP (the terminal was closed) into an AbortSignal. Whatever still runs when the
 * deadline has passed, or when a second signal comes, is cut off.
 *
 * @param deadline milliseconds from the first signal
 */
export function stopOnSignals(process: SignalledProcess, deadline: number): AbortSignal {
  const stop = new AbortController();
  for (const name of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (stop.signal.aborted) {
        // Kernel and shell both send it when a terminal goes: nobody has lost patience.
        if (name !== 'SIGHUP') process.exit(EXIT_CODES[name]);
        return;
      }
      stop.abort();
      if (name === 'SIGHUP') endBySignal(process, name);
      setTimeout(() => process.exit(EXIT_CODES[name]), deadline).unref();
    });
  }
  return stop.signal;
}

/** At its exit Node sets the terminal back, and aborts where that is gone; so the signal ends it instead. */
function endBySignal(process: SignalledProcess, name: StopSignal): void {
  process.once('exit', () => {
    process.removeAllListeners(name);
    process.kill(process.pid, name);
  });
}
