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

/** Waits until something is there; ava's own limit ends a wait in vain. */
export async function eventually<T>(find: () => T | undefined | Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await find();
    if (found !== undefined) return found;
    await delay(5);
  }
}
