import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { OutputLine } from './lines.js';

/** What the holder is told, one line each. */
export type RelayOrder = `on ${number}` | 'off';

/**
 * Owns the relay's line in a process of its own, so that it goes off whatever the agent does: at its order,
 * after its longest on-time, when the agent ends or is killed (its end of the pipe closes).
 *
 * @param line is off
 * @param orders from the agent; what is no order is ignored
 * @param longestOn milliseconds after which it goes off, however often it is told to stay on
 * @returns once the orders have ended; the line is then off and let go
 */
export async function holdRelay(line: OutputLine, orders: Readable, longestOn: number): Promise<void> {
  let onSince: number | undefined;
  let timer: NodeJS.Timeout | undefined;
  const off = () => {
    clearTimeout(timer);
    onSince = undefined;
    line.set(false);
  };
  try {
    for await (const order of createInterface({ input: orders })) {
      const [, milliseconds] = /^on (\d{1,9})$/.exec(order) ?? [];
      if (milliseconds === undefined) {
        off();
        continue;
      }
      const now = performance.now();
      onSince ??= now;
      clearTimeout(timer);
      timer = setTimeout(off, Math.min(Number(milliseconds), onSince + longestOn - now));
      line.set(true);
    }
  } finally {
    clearTimeout(timer);
    line.close();
  }
}
