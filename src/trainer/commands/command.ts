import type { parseArgs } from 'node:util';
import type { TextStream } from '../progress/console-progress.js';

/** One option of a command: what `parseArgs` needs and what the help says. */
export interface CommandOption {
  readonly type: 'string' | 'boolean';
  readonly short?: string;
  readonly multiple?: boolean;
  readonly default?: string | boolean | string[];
  /** What stands for the value in the help, such as "DIR"; text options only. */
  readonly value?: string;
  readonly description: string;
}

export type CommandOptions = Readonly<Record<string, CommandOption>>;

/** What stood on the command line after the command's name. */
export interface CommandArguments<O extends CommandOptions> {
  readonly values: ReturnType<typeof parseArgs<{ options: O; allowPositionals: true }>>['values'];
  readonly positionals: readonly string[];
}

/** What a command may use of the world around it. */
export interface CommandIo {
  /** Results. */
  readonly stdout: TextStream;
  /** Progress and messages. */
  readonly stderr: TextStream;
  /** Aborted when the user interrupts. */
  readonly signal: AbortSignal;
  /** The time of day. */
  readonly clock: () => Date;
  /** Milliseconds from any fixed moment on, never going back. */
  readonly now: () => number;
}

export interface Command<O extends CommandOptions = CommandOptions> {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** What follows the name, such as "FILE --out DIR". */
  readonly usage: string;
  readonly options: O;
  /** Throws an OnefaceError for what the user has to know, anything else only for a defect. */
  run(args: CommandArguments<O>, io: CommandIo): Promise<void>;
}

/** A command that is loaded when it is asked for, for it brings along what takes long to load. */
export interface LazyCommand extends Pick<Command, 'name' | 'summary'> {
  load(): Promise<Command>;
}

/** Gives a command's `run` the types that its options describe. */
export function defineCommand<const O extends CommandOptions>(command: Command<O>): Command<O> {
  return command;
}
