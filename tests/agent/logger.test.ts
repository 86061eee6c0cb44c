import { UnavailableError } from '@oneface/common/errors/errors';
import { createLogger, type LogFormat, type Logger, type LogLevel } from '@oneface/edge/logging/logger';
import test from 'ava';

function collect(level: LogLevel, format: LogFormat): { log: Logger; lines: string[] } {
  const lines: string[] = [];
  const log = createLogger({ level, format, now: () => 0, write: (line) => lines.push(line) });
  return { log, lines };
}

test('a message is one line, whatever it holds', (t) => {
  for (const format of ['text', 'json'] as const) {
    const { log, lines } = collect('info', format);
    log.info('two\nlines\u001b[31m', { file: 'a b\n.jpg', count: 3, none: undefined });
    t.is(lines.length, 1);
    t.regex(lines[0], /^[^\n]*\n$/);
    t.false(lines[0].includes('\u001b'));
  }
});

test('the text form names time, level, message and facts', (t) => {
  const { log, lines } = collect('info', 'text');
  log.warn('frame skipped', { frame: 3, error: new Error('no JPEG') });
  t.is(lines[0], '1970-01-01T00:00:00.000Z warn  frame skipped frame=3 error="no JPEG"\n');
});

test('the JSON form keeps the facts as they are, and none can pass for the message', (t) => {
  const { log, lines } = collect('info', 'json');
  log.error('broken', { frame: 3, level: 'debug', message: 'fine' });
  t.deepEqual(JSON.parse(lines[0]), {
    time: '1970-01-01T00:00:00.000Z',
    level: 'error',
    message: 'broken',
    frame: 3,
  });
});

test('messages below the level are left out', (t) => {
  const { log, lines } = collect('warn', 'text');
  log.debug('a');
  log.info('b');
  log.warn('c');
  log.error('d');
  t.is(lines.length, 2);
});

test('an error is written with its causes, also when they go in a circle', (t) => {
  const { log, lines } = collect('info', 'text');
  const cause = new Error('ECONNREFUSED');
  const error = new UnavailableError('no broker', { cause });
  cause.cause = error;
  log.info('failed', { error });
  t.regex(lines[0], /error="no broker: ECONNREFUSED"\n$/);
});
