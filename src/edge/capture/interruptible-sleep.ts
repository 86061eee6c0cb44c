import type { Sleep } from '../clock/sleep.js';

/** A sleep of one sleeper at a time that others can cut short. */
export interface InterruptibleSleep {
  /** Returns after `milliseconds`, on the next `interrupt`, or once the signal is aborted. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
  /** Wakes the sleeper, if there is one. */
  interrupt(): void;
}

export function createInterruptibleSleep(sleep: Sleep): InterruptibleSleep {
  let sleeper: AbortController | undefined;
  return {
    async sleep(milliseconds, signal) {
      if (signal.aborted) return;
      // AbortSignal.any would leave a trace of every sleep in the agent's one long-lived signal.
      const rest = new AbortController();
      const end = () => rest.abort();
      signal.addEventListener('abort', end, { once: true });
      sleeper = rest;
      try {
        await sleep(milliseconds, rest.signal);
      } finally {
        sleeper = undefined;
        signal.removeEventListener('abort', end);
      }
    },
    interrupt: () => sleeper?.abort(),
  };
}
