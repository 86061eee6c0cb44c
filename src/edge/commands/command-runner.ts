import type { Command } from '@oneface/common/commands/command';
import type { Sleep } from '../clock/sleep.js';
import type { Settings } from '../config/settings.js';
import type { Logger } from '../logging/logger.js';
import type { CommandActions, CommandResult } from './actions.js';
import { CommandError, toCommandError } from './command-error.js';
import type { CommandLedger } from './ledger.js';
import { stageSetting } from './set-config.js';
import { withinDeadline } from './within-deadline.js';

/** An action that is not done by then is given up, in milliseconds. */
export const ACTION_DEADLINE = 60_000;
const IDENTIFY_SECONDS = 10;

/** What the runner needs. */
export interface RunnerParts {
  readonly ledger: CommandLedger;
  readonly actions: CommandActions;
  readonly settings: Settings;
  readonly sleep: Sleep;
  readonly log: Logger;
  /** Whether a command is too late now. */
  readonly expired: (command: Command) => boolean;
}

/** Answered by the next start of the agent. */
const AFTER_RESTART = Symbol('after restart');
type Outcome = CommandResult | undefined | typeof AFTER_RESTART;

/** Runs accepted commands one after the other, in the order they came. */
export class CommandRunner {
  readonly #parts: RunnerParts;
  readonly #stop = new AbortController();
  readonly #queue: Command[] = [];
  #work: Promise<void> | undefined;
  #ending = false;

  constructor(parts: RunnerParts) {
    this.#parts = parts;
  }

  /** Commands that wait or run. */
  get open(): number {
    return this.#queue.length + (this.#work === undefined ? 0 : 1);
  }

  /** Whether the agent is about to end: what waits is not run any more. */
  get ending(): boolean {
    return this.#ending;
  }

  add(command: Command): void {
    this.#queue.push(command);
    this.#work ??= this.#runAll();
  }

  /** Ends the agent in order, so that it starts again. */
  restart(): void {
    this.#ending = true;
    this.#parts.actions.restart();
  }

  /** Gives up what runs and waits. Resolves when all of it is answered. */
  async close(): Promise<void> {
    this.#ending = true;
    this.#stop.abort();
    await this.#work;
  }

  async #runAll(): Promise<void> {
    const { log } = this.#parts;
    for (let command = this.#queue.shift(); command !== undefined; command = this.#queue.shift()) {
      try {
        await this.#run(command);
      } catch (error) {
        // A defect. The command stays open, and the next start answers it.
        log.error('a command could not be brought to its end', { command: command.command, error });
      }
    }
    this.#work = undefined;
  }

  async #run(command: Command): Promise<void> {
    const { ledger, log } = this.#parts;
    const outcome = await this.#outcomeOf(command);
    if (outcome === AFTER_RESTART) return;
    if (!(outcome instanceof CommandError)) return ledger.succeed(command, outcome);
    log.warn('a command failed', {
      command: command.command,
      id: command.id,
      error: outcome.cause ?? outcome,
    });
    await ledger.fail(command, outcome);
  }

  async #outcomeOf(command: Command): Promise<Outcome | CommandError> {
    const { ledger, expired } = this.#parts;
    if (this.#ending) return interrupted();
    if (expired(command)) return new CommandError('expired', 'It was too late when its turn came');
    await ledger.start(command);
    try {
      return await this.#act(command);
    } catch (error) {
      return toCommandError(error);
    }
  }

  async #act(command: Command): Promise<Outcome> {
    const { actions, settings } = this.#parts;
    switch (command.command) {
      case 'capture':
        return this.#inTime((signal) => actions.capture(signal));
      case 'diagnose':
        return this.#inTime((signal) => actions.diagnose(signal));
      case 'send-health':
        return this.#inTime(async (signal) => void (await actions.sendHealth(signal)));
      case 'identify': {
        const { seconds = IDENTIFY_SECONDS } = command;
        return this.#inTime(async (signal) => void (await actions.identify(seconds, signal)));
      }
      case 'set-config':
        if (!(await stageSetting(command, settings))) return { overrides: settings.store.confirmed };
        this.restart();
        return AFTER_RESTART;
      case 'restart':
        this.restart();
        return AFTER_RESTART;
    }
  }

  async #inTime<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { sleep, log } = this.#parts;
    const ended = await withinDeadline(work, {
      sleep,
      deadline: ACTION_DEADLINE,
      stop: this.#stop.signal,
      onLate: (error) => log.warn('a command that was given up failed', { error }),
    });
    if (ended === 'stopped') throw interrupted();
    if (ended === 'too-slow') {
      throw new CommandError('failed', `It was not done within ${ACTION_DEADLINE / 1000} seconds`);
    }
    return ended.value;
  }
}

/** The agent ends, or ended, before the command was done. */
export function interrupted(): CommandError {
  return new CommandError('interrupted', 'The agent ended before the command was done');
}
