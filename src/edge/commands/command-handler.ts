import type { Command } from '@oneface/common/commands/command';
import { UnavailableError } from '@oneface/common/errors/errors';
import type { TimeQuality } from '@oneface/common/events/event';
import type { DeviceAddress } from '@oneface/common/topics/topics';
import type { Clock } from '../clock/clock.js';
import type { Sleep } from '../clock/sleep.js';
import type { Settings } from '../config/settings.js';
import type { Logger } from '../logging/logger.js';
import type { OutgoingMessage } from '../outbox/outbox.js';
import type { CommandActions } from './actions.js';
import { Allowance, type AllowanceOptions } from './allowance.js';
import { CommandError } from './command-error.js';
import { CommandRunner } from './command-runner.js';
import type { CommandJournal } from './journal.js';
import { CommandLedger } from './ledger.js';
import { PROBATION_TIMES, type ProbationTimes, watchProbation } from './probation.js';
import { type ReadCommand, readCommand } from './read-command.js';
import { recoverCommands, settleSetting } from './recover.js';
import { Refusals } from './refusals.js';
import { createReplyMessages, type ReplyMessages } from './reply-messages.js';

/** Accepted commands that may wait or run; more are told that the device is busy. */
export const MOST_OPEN_COMMANDS = 8;
/** Messages that may be in the hands of `handle` at once; more are dropped unanswered. */
export const MOST_ARRIVALS = 32;
/** How many commands may run: each costs some writes to the SD card. More are told that it is busy. */
export const EXECUTIONS: AllowanceOptions = { most: 60, interval: 2000 };

/** What is known of a command message beside its payload. */
export interface CommandProperties {
  /** Whether the broker had kept it: such a command comes again with every connection. */
  readonly retain: boolean;
}

/** What the command handler is made of. */
export interface CommandHandlerParts {
  readonly identity: DeviceAddress;
  /** Id of this run. */
  readonly boot: string;
  readonly journal: CommandJournal;
  readonly actions: CommandActions;
  readonly settings: Settings;
  /** Keeps a reply for the broker. */
  readonly reply: (message: OutgoingMessage) => Promise<void>;
  /** Why the agent is not well just now; undefined when it is. New settings are confirmed by it. */
  readonly fault: () => string | undefined;
  readonly clock: Clock;
  readonly sleep: Sleep;
  readonly timeQuality: () => TimeQuality;
  readonly log: Logger;
  /** `PROBATION_TIMES` if left out. */
  readonly probation?: ProbationTimes;
}

/** Takes what comes on the device's `commands` topic. */
export interface CommandHandler {
  /**
   * Answers the commands that an earlier run left open, and begins to watch settings on probation. Call it
   * once, when the agent has come up; what `handle` is given before waits for it.
   */
  recover(): Promise<void>;
  /**
   * Takes a message. Never throws for anything that may be in it.
   *
   * @returns once the message is answered: accepted and kept, or refused. The command itself runs later.
   */
  handle(payload: Uint8Array, properties: CommandProperties): Promise<void>;
  /** Gives up what runs, answers what is open and lets go. Call it before the outbox is closed. */
  close(): Promise<void>;
}

/** Makes the command handler of one run of the agent. */
export function createCommandHandler(parts: CommandHandlerParts): CommandHandler {
  return new Handler(parts);
}

class Handler implements CommandHandler {
  readonly #parts: CommandHandlerParts;
  readonly #messages: ReplyMessages;
  readonly #ledger: CommandLedger;
  readonly #runner: CommandRunner;
  readonly #refusals: Refusals;
  readonly #executions: Allowance;
  readonly #closing = new AbortController();
  #arrivals = 0;
  #ready: () => void = () => {};
  /** Messages are judged one after the other: an id that comes twice at once is seen twice. */
  #turn = new Promise<void>((resolve) => {
    this.#ready = resolve;
  });
  #probation: Promise<void> | undefined;

  constructor(parts: CommandHandlerParts) {
    const { identity, boot, journal, reply, clock, log } = parts;
    this.#parts = parts;
    this.#messages = createReplyMessages(identity, boot, clock);
    this.#ledger = new CommandLedger({ journal, messages: this.#messages, reply, log });
    this.#runner = new CommandRunner({ ...parts, ledger: this.#ledger, expired: (it) => this.#expired(it) });
    this.#refusals = new Refusals(this.#ledger, clock, log);
    this.#executions = new Allowance(EXECUTIONS, clock);
  }

  async recover(): Promise<void> {
    await recoverCommands(this.#ledger, this.#parts.settings.store);
    if (this.#parts.settings.store.trying) this.#probation = this.#watchProbation();
    this.#ready();
  }

  async handle(payload: Uint8Array, properties: CommandProperties): Promise<void> {
    // Nothing at all is how a retained message is cleared.
    if (payload.length === 0) return;
    if (this.#arrivals >= MOST_ARRIVALS) return this.#refusals.drop();
    this.#arrivals += 1;
    const judge = () => this.#judge(readCommand(payload), properties);
    // A defect with one message is for its caller, and not for those after it.
    const judged = this.#turn.then(judge, judge);
    this.#turn = judged;
    try {
      await judged;
    } finally {
      this.#arrivals -= 1;
    }
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#ready();
    await Promise.allSettled([this.#turn]);
    await this.#runner.close();
    await this.#probation;
  }

  async #judge(read: ReadCommand, properties: CommandProperties): Promise<void> {
    if (read.kind === 'rejected') return this.#refusals.tell(this.#messages.rejected(read.error));
    const name = read.kind === 'command' ? read.command : read;
    const known = this.#ledger.find(name.id);
    if (known !== undefined && known.digest === read.digest) {
      return this.#refusals.tell(this.#messages.repeated(known.reply));
    }
    try {
      if (known !== undefined) throw new CommandError('not-allowed', 'The id was used for another command');
      if (read.kind === 'refused') throw read.error;
      await this.#accept(read.command, read.digest, properties);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      await this.#refusals.tell(this.#messages.failed(name, error));
    }
  }

  async #accept(command: Command, digest: string, { retain }: CommandProperties): Promise<void> {
    if (retain) throw new CommandError('not-allowed', 'A command must not be retained');
    if (this.#expired(command)) throw new CommandError('expired', `It was good until ${command.expires}`);
    this.#requireRoom();
    const changesAgent = command.command === 'restart' || command.command === 'set-config';
    if (changesAgent && this.#parts.settings.store.onProbation !== undefined) {
      throw new CommandError('busy', 'New settings are on probation');
    }
    try {
      // A restart that is not remembered could come again after itself.
      await this.#ledger.accept(command, digest, changesAgent);
    } catch (cause) {
      if (!(cause instanceof UnavailableError)) throw cause;
      throw new CommandError('unavailable', cause.message, { cause });
    }
    this.#runner.add(command);
  }

  #requireRoom(): void {
    if (this.#runner.ending || this.#closing.signal.aborted)
      throw new CommandError('busy', 'The agent is about to end');
    if (this.#runner.open >= MOST_OPEN_COMMANDS || !this.#executions.take()) {
      throw new CommandError('busy', 'Too many commands at once');
    }
  }

  /** Without a clock that is right, a command cannot be too late. */
  #expired({ expires }: Command): boolean {
    const { clock, timeQuality } = this.#parts;
    if (expires === undefined || timeQuality() !== 'synchronised') return false;
    return !(clock.now() <= Date.parse(expires));
  }

  async #watchProbation(): Promise<void> {
    const { settings, probation = PROBATION_TIMES } = this.#parts;
    const { store } = settings;
    const id = store.onProbation;
    const ended = await watchProbation({ ...this.#parts, store }, probation, this.#closing.signal);
    if (id === undefined || ended === 'stopped') return;
    await settleSetting({ id, command: 'set-config' }, this.#ledger, store);
    if (ended === 'rolled-back') this.#runner.restart();
  }
}
