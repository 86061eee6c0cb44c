import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';

/** Collects the lines that a program writes. */
export class TextLines {
  readonly all: string[] = [];

  constructor(stream: Readable, onLine: (line: string) => void = () => {}) {
    let rest = '';
    stream.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        this.all.push(line);
        onLine(line);
      }
    });
  }
}

/** Long enough for the busiest machine, and short enough to name the test that waits in vain. */
const PATIENCE_MILLISECONDS = 60_000;

/**
 * Waits until something is there.
 *
 * @throws Error when it does not come
 */
export async function eventually<T>(find: () => T | undefined | Promise<T | undefined>): Promise<T> {
  const end = performance.now() + PATIENCE_MILLISECONDS;
  while (performance.now() < end) {
    const found = await find();
    if (found !== undefined) return found;
    await delay(5);
  }
  throw new Error(`Nothing came in ${PATIENCE_MILLISECONDS / 1000} s`);
}
