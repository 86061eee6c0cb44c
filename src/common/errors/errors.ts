import { shorten } from './shorten.js';

/**
 * The root of every error that Oneface raises on purpose. Anything else that surfaces is a defect.
 *
 * `code` is stable and safe to match on; `message` is for people; `cause` is the error underneath, if any.
 */
export class OnefaceError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** The caller, a file or a message held something that Oneface cannot take. */
export class InputError extends OnefaceError {
  constructor(message: string, options?: ErrorOptions) {
    super('input', message, options);
  }
}

/** Something the program needs (a file, a device, a library, a server) is absent or does not answer. */
export class UnavailableError extends OnefaceError {
  constructor(message: string, options?: ErrorOptions) {
    super('unavailable', message, options);
  }
}

/** A signature, digest or golden output does not agree: the thing must not be used. */
export class IntegrityError extends OnefaceError {
  constructor(message: string, options?: ErrorOptions) {
    super('integrity', message, options);
  }
}

const LONGEST_RECEIVED = 120;

/**
 * Builds the one form of complaint: "Expected X for Y but received Z".
 *
 * @param what what would have been right, such as "an integer from 1 to 64"
 * @param subject what it was for, such as "--count"
 * @param received the value that came; strings stand in quotes, long ones are cut to 120 characters
 */
export function expected(
  what: string,
  subject: string,
  received: unknown,
  options?: ErrorOptions,
): InputError {
  return new InputError(`Expected ${what} for ${subject} but received ${describe(received)}`, options);
}

/** The same complaint under the name of the file whose bytes it is about; any other error as it is. */
export function withFileName(error: unknown, file: string): unknown {
  for (const Kind of [InputError, IntegrityError]) {
    if (error instanceof Kind) return new Kind(`${file}: ${error.message}`, { cause: error });
  }
  return error;
}

/** Names a value for an error message in at most 120 characters. */
export function describe(value: unknown): string {
  const text = typeof value === 'string' ? JSON.stringify(value) : shape(value);
  return text.length > LONGEST_RECEIVED ? `${shorten(text, LONGEST_RECEIVED)}…` : text;
}

function shape(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null || typeof value !== 'object') return String(value);
  if (ArrayBuffer.isView(value)) return `${value.byteLength} bytes`;
  if (value instanceof Error) return value.message;
  return JSON.stringify(value) ?? 'an object';
}
