import { parseArgs } from 'node:util';
import { expected } from '@oneface/common/errors/errors';

/** What a command takes: words that stand without an option, such as "PHOTO", and options with a value. */
export interface CommandShape<N extends string> {
  readonly positionals: readonly N[];
  readonly options: readonly N[];
  /** Options that may stand more than once. */
  readonly multiple?: readonly N[];
}

/** The values of a command line by the name of their option or place; each has one or more. */
export type CommandValues<N extends string> = Readonly<Record<N, readonly [string, ...string[]]>>;

/**
 * Reads the command line of one command. Every option and word of its shape has to be there.
 *
 * @throws InputError when one is missing, unknown, repeated or without a value, or a word too many
 */
export function readCommandLine<const N extends string>(
  shape: CommandShape<N>,
  args: readonly string[],
): CommandValues<N> {
  const values: Partial<Record<N, [string, ...string[]]>> = {};
  const { tokens, positionals } = parseArgs({
    args: [...args],
    options: Object.fromEntries(shape.options.map((name) => [name, { type: 'string' as const }])),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const name = shape.options.find((option) => option === token.name);
    if (name === undefined) {
      const known = [...shape.options, 'help'].map((option) => `--${option}`).join(', ');
      throw expected(`one of ${known}`, 'an option', token.rawName);
    }
    const { value } = token;
    if (!value || (value.startsWith('-') && token.inlineValue === false)) {
      throw expected('a value', token.rawName, value);
    }
    const before = values[name] ?? [];
    if (before.length > 0 && !shape.multiple?.includes(name)) {
      throw expected('one value', token.rawName, `${before[0]} and ${value}`);
    }
    values[name] = [...before, value] as [string, ...string[]];
  }
  shape.positionals.forEach((name, index) => {
    if (positionals[index] !== undefined) values[name] = [positionals[index]];
  });
  const extra = positionals[shape.positionals.length];
  if (extra !== undefined) throw expected('nothing more', 'the end of the command line', extra);
  for (const name of shape.positionals) {
    if (values[name] === undefined) throw expected('a value', name, undefined);
  }
  for (const name of shape.options) {
    if (values[name] === undefined) throw expected('a value', `--${name}`, undefined);
  }
  return values as CommandValues<N>;
}
