/** Levels from the most to the least talkative. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** 'text' is for people, 'json' gives one JSON object a line. */
export const LOG_FORMATS = ['text', 'json'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

/** Facts beside a message. An Error is written as its message and those of its causes. Never put a secret here. */
export type LogFields = Readonly<Record<string, unknown>>;

export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

export interface LoggerOptions {
  readonly level: LogLevel;
  readonly format: LogFormat;
  /** Wall clock, milliseconds since 1970. */
  readonly now: () => number;
  /** Takes one whole line, its line feed included. */
  readonly write: (line: string) => void;
}

/** Makes a logger that writes one line a message and leaves out those below its level. */
export function createLogger(options: LoggerOptions): Logger {
  const least = LOG_LEVELS.indexOf(options.level);
  const toLine = options.format === 'json' ? jsonLine : textLine;
  const log =
    (level: LogLevel) =>
    (message: string, fields: LogFields = {}) => {
      if (LOG_LEVELS.indexOf(level) < least) return;
      const plain = Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, toPlain(value)]));
      options.write(`${toLine(new Date(options.now()).toISOString(), level, message, plain)}\n`);
    };
  return { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') };
}

type Plain = Readonly<Record<string, unknown>>;

function jsonLine(time: string, level: LogLevel, message: string, fields: Plain): string {
  const head = { time, level, message };
  // First for the reader, last so that no fact passes for one of them.
  return JSON.stringify({ ...head, ...fields, ...head });
}

function textLine(time: string, level: LogLevel, message: string, fields: Plain): string {
  const facts = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name}=${bare(value) ? value : JSON.stringify(value)}`);
  // A message may carry another program's words: control characters must not break the line.
  return `${time} ${level.padEnd(5)} ${message.replaceAll(/\p{Cc}+/gu, ' ')}${facts.join('')}`;
}

function bare(value: unknown): boolean {
  return typeof value === 'number' || (typeof value === 'string' && /^[\w.:/@+-]+$/.test(value));
}

/** Errors become text, with their causes behind them, as JSON would show nothing of them. */
function toPlain(value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  const errors = new Set<Error>();
  for (let error: unknown = value; error instanceof Error && !errors.has(error); error = error.cause) {
    errors.add(error);
  }
  return [...errors].map(({ message }) => message).join(': ');
}
