import { createHash } from 'node:crypto';
import { Command, CommandId, LONGEST_COMMAND } from '@oneface/common/commands/command';
import { validateCommand } from '@oneface/common/commands/parse';
import { describe, expected, InputError } from '@oneface/common/errors/errors';
import { shorten } from '@oneface/common/errors/shorten';
import { CommandError } from './command-error.js';

/** What a payload turned out to be. */
export type ReadCommand =
  | { readonly kind: 'command'; readonly command: Command; readonly digest: string }
  /** It has an id and is yet no command of this version. */
  | {
      readonly kind: 'refused';
      readonly id: string;
      /** What was asked for, as far as it can be told. */
      readonly command: string;
      readonly digest: string;
      readonly error: CommandError;
    }
  /** Not even an id can be read. */
  | { readonly kind: 'rejected'; readonly error: CommandError };

const ID = new RegExp(CommandId.pattern ?? '');
const KNOWN: readonly string[] = Command.anyOf.map((variant) => variant.properties.command.const);
const LONGEST_NAME = 64;
/** Nested more deeply, a short text can use up the stack. */
const DEEPEST = 16;

/** Reads any bytes as a command. Never throws. */
export function readCommand(payload: Uint8Array): ReadCommand {
  if (payload.length > LONGEST_COMMAND) {
    const error = expected(`at most ${LONGEST_COMMAND} bytes`, 'the command', payload);
    return { kind: 'rejected', error: new CommandError('too-large', error.message) };
  }
  const json = parseJson(payload);
  if (json instanceof CommandError) return { kind: 'rejected', error: json };
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    return { kind: 'rejected', error: malformed(expected('an object', 'the command', json)) };
  }
  const { id, command } = json as Record<string, unknown>;
  if (typeof id !== 'string' || !ID.test(id)) {
    return { kind: 'rejected', error: malformed(expected(CommandId.title ?? 'an id', 'the command.id', id)) };
  }
  if (isDeeperThan(DEEPEST, json)) {
    const error = malformed(expected(`no more than ${DEEPEST} levels`, 'the command', 'more'));
    return { kind: 'refused', id, command: nameOf(command), digest: sha256(payload), error };
  }
  const digest = sha256(canonicalJson(json));
  if (typeof command === 'string' && !KNOWN.includes(command)) {
    const message = `Expected one of ${KNOWN.join(', ')} but received ${describe(command)}`;
    const error = new CommandError('unknown-command', message);
    return { kind: 'refused', id, command: nameOf(command), digest, error };
  }
  try {
    const valid = validateCommand(json);
    requireTime(valid.expires);
    return { kind: 'command', command: valid, digest };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { kind: 'refused', id, command: nameOf(command), digest, error: malformed(error) };
  }
}

/** The form alone would let the 13th month pass, and such a command would never be too late. */
function requireTime(expires: string | undefined): void {
  if (expires === undefined || !Number.isNaN(Date.parse(expires))) return;
  throw expected('a time that is', 'the command.expires', expires);
}

function nameOf(command: unknown): string {
  return typeof command === 'string' ? shorten(command, LONGEST_NAME) : '';
}

function malformed(error: InputError): CommandError {
  return new CommandError('malformed', error.message, { cause: error });
}

function parseJson(payload: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload));
  } catch (cause) {
    return malformed(expected('JSON in UTF-8', 'the command', payload, { cause }));
  }
}

/** JSON whose fields are in order, so that equal values give equal text. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => {
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

function isDeeperThan(levels: number, value: unknown): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > levels) return true;
    level = level.flatMap((inner) =>
      typeof inner === 'object' && inner !== null ? Object.values(inner) : [],
    );
  }
  return false;
}
