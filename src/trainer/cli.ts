import { parseArgs } from 'node:util';
import { OnefaceError } from '@oneface/common/errors/errors';
import type {
  Command,
  CommandArguments,
  CommandIo,
  CommandOptions,
  LazyCommand,
} from './commands/command.js';
import { commandHelp, PROGRAM, programHelp } from './commands/help.js';
import { UsageError, usageError } from './commands/options.js';
import { isSystemError } from './files/system-error.js';

/** Exit status of a program that was ended by SIGINT, as shells report it. */
const INTERRUPTED = 130;

/**
 * Runs the command that a command line names.
 *
 * @param argv the command line after the program's name
 * @returns exit status: 0 done, 1 failed, 2 wrong usage, 130 interrupted
 */
export async function runCli(
  argv: readonly string[],
  commands: readonly (Command | LazyCommand)[],
  io: CommandIo,
): Promise<number> {
  const [name, ...args] = argv;
  if (name === '--help' || name === '-h') {
    io.stdout.write(programHelp(commands));
    return 0;
  }
  const found = commands.find((each) => each.name === name);
  try {
    if (found === undefined) {
      throw usageError(`one of ${commands.map((each) => each.name).join(', ')}`, 'the command', name);
    }
    const command = 'load' in found ? await found.load() : found;
    if (args.includes('--help') || args.includes('-h')) io.stdout.write(commandHelp(command));
    else await command.run(parseArguments(command, args), io);
    return 0;
  } catch (error) {
    return report(error, found?.name, io);
  }
}

function report(error: unknown, command: string | undefined, { stderr, signal }: CommandIo): number {
  if (signal.aborted && isInterruption(error, signal.reason)) {
    stderr.write('Interrupted\n');
    return INTERRUPTED;
  }
  // Only a defect shows where in the program it came from.
  if (!(error instanceof OnefaceError || isSystemError(error))) {
    stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    return 1;
  }
  stderr.write(`${error.message}\n`);
  if (!(error instanceof UsageError)) return 1;
  stderr.write(`See: ${[PROGRAM, ...(command ? [command] : []), '--help'].join(' ')}\n`);
  return 2;
}

/** Node's own functions throw an error of theirs for an aborted signal, with its reason as the cause. */
function isInterruption(error: unknown, reason: unknown): boolean {
  return error === reason || (error instanceof Error && error.cause === reason);
}

function parseArguments({ options }: Command, args: readonly string[]): CommandArguments<CommandOptions> {
  requireKnownOptions(options, args);
  const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
  return { values, positionals };
}

/** `parseArgs` refuses the same command lines, but not in the one form of complaint. */
function requireKnownOptions(options: CommandOptions, args: readonly string[]): void {
  const { tokens } = parseArgs({
    args: [...args],
    options,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const option = Object.hasOwn(options, token.name) ? options[token.name] : undefined;
    if (option === undefined) {
      const known = [...Object.keys(options), 'help'].map((name) => `--${name}`).join(', ');
      throw usageError(`one of ${known}`, 'an option', token.rawName);
    }
    if (option.type === 'boolean' && token.value !== undefined) {
      throw usageError('no value', token.rawName, token.value);
    }
    const looksLikeOption = token.inlineValue === false && /^-./.test(token.value);
    if (option.type === 'string' && (token.value === undefined || looksLikeOption)) {
      throw usageError('a value', token.rawName, token.value);
    }
  }
}
