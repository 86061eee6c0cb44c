import { createLogger, type Logger } from '@oneface/edge/logging/logger';

/** A log of all levels as text, and its lines. Its clock stands at 1970. */
export function testLog(): { log: Logger; lines: string[] } {
  const lines: string[] = [];
  const log = createLogger({
    level: 'debug',
    format: 'text',
    now: () => 0,
    write: (line) => lines.push(line),
  });
  return { log, lines };
}
