import { expected, OnefaceError } from '@oneface/common/errors/errors';

/** The command line says something that the command cannot take. */
export class UsageError extends OnefaceError {
  constructor(message: string, options?: ErrorOptions) {
    super('usage', message, options);
  }
}

/** Builds the complaint about a part of the command line; see `expected`. */
export function usageError(what: string, subject: string, received: unknown): UsageError {
  return new UsageError(expected(what, subject, received).message);
}

/** The value of an option that has to be there. */
export function requiredOption(name: string, value: string | undefined): string {
  if (value === undefined || value === '') throw usageError('a value', name, value);
  return value;
}

export interface NumberLimits {
  readonly min?: number;
  readonly max?: number;
}

/** A whole number within limits (both included). */
export function integerOption(name: string, value: string | undefined, limits: NumberLimits = {}): number {
  return numberWithin(name, value, 'an integer', limits, Number.isSafeInteger);
}

/** A finite number within limits (both included). */
export function numberOption(name: string, value: string | undefined, limits: NumberLimits = {}): number {
  return numberWithin(name, value, 'a number', limits, Number.isFinite);
}

const LARGEST_SEED = 2 ** 32 - 1;
const MOST_SEEDS = 100_000;

/**
 * Seeds as a list of numbers and ranges, such as "0-15,42": each 0 to 2^32 - 1, ranges with both ends,
 * at most 100,000 in all.
 *
 * @returns the seeds in the order given
 */
export function seedsOption(name: string, value: string | undefined): number[] {
  const complain = (what: string) => usageError(what, name, value);
  const seeds: number[] = [];
  for (const part of requiredOption(name, value).split(',')) {
    const range = /^\s*(\d+)(?:-(\d+))?\s*$/.exec(part);
    if (range === null) throw complain('seeds such as 0-15,42');
    const first = Number(range[1]);
    const last = Number(range[2] ?? range[1]);
    if (first > last || last > LARGEST_SEED) throw complain(`rising seeds from 0 to ${LARGEST_SEED}`);
    if (seeds.length + last - first >= MOST_SEEDS) throw complain(`at most ${MOST_SEEDS} seeds`);
    for (let seed = first; seed <= last; seed++) seeds.push(seed);
  }
  return seeds;
}

/**
 * The words that stand without an option, exactly as many as there are names.
 *
 * @param names what they are, such as "FILE"
 */
export function positionalArguments<const N extends readonly string[]>(
  given: readonly string[],
  names: N,
): { readonly [I in keyof N]: string } {
  const missing = names[given.length];
  if (missing !== undefined) throw usageError('a value', missing, undefined);
  if (given.length > names.length) {
    const after = names.length === 0 ? '' : ` after ${names.join(' ')}`;
    throw usageError('nothing more', `the arguments${after}`, given[names.length]);
  }
  return names.map((_, index) => given[index]) as { readonly [I in keyof N]: string };
}

function numberWithin(
  name: string,
  value: string | undefined,
  kind: string,
  { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY }: NumberLimits,
  isValid: (parsed: number) => boolean,
): number {
  const parsed = value === undefined || value.trim() === '' ? Number.NaN : Number(value);
  if (isValid(parsed) && parsed >= min && parsed <= max) return parsed;
  throw usageError(`${kind}${limitsText(min, max)}`, name, value);
}

function limitsText(min: number, max: number): string {
  if (min === Number.NEGATIVE_INFINITY) return max === Number.POSITIVE_INFINITY ? '' : ` of at most ${max}`;
  return max === Number.POSITIVE_INFINITY ? ` of at least ${min}` : ` from ${min} to ${max}`;
}
