import type { Reply } from '@oneface/common/commands/reply';
import { OnefaceError, UnavailableError } from '@oneface/common/errors/errors';
import type { Logger } from '../logging/logger.js';
import type { OutgoingMessage } from '../outbox/outbox.js';
import type { CommandResult } from './actions.js';
import type { CommandError } from './command-error.js';
import type { CommandJournal, JournalEntry, KnownReply } from './journal.js';
import type { CommandName, ReplyMessages } from './reply-messages.js';

/** What a ledger is made of. */
export interface LedgerParts {
  readonly journal: CommandJournal;
  readonly messages: ReplyMessages;
  /** Takes a reply. Resolves when it is kept. */
  readonly reply: (message: OutgoingMessage) => Promise<void>;
  readonly log: Logger;
}

/**
 * Moves commands from state to state. Each step is kept first and told then: after a kill between the two,
 * the next start tells it again, byte for byte the same.
 */
export class CommandLedger {
  readonly #parts: LedgerParts;

  constructor(parts: LedgerParts) {
    this.#parts = parts;
  }

  find(id: string): JournalEntry | undefined {
    return this.#parts.journal.get(id);
  }

  unsettled(): JournalEntry[] {
    return this.#parts.journal.unsettled();
  }

  /**
   * Takes a new command.
   *
   * @param digest of the command
   * @param mustBeKept whether the command must not run unless the disk knows of it
   * @throws UnavailableError when it must be kept and cannot be
   */
  async accept(command: CommandName, digest: string, mustBeKept: boolean): Promise<void> {
    const { journal, messages, log } = this.#parts;
    const reply = messages.accepted(command);
    journal.set({ digest, reply, sent: false });
    try {
      await journal.save();
    } catch (error) {
      if (!(error instanceof UnavailableError)) throw error;
      if (mustBeKept) {
        journal.remove(command.id);
        throw error;
      }
      log.warn('a command will not be remembered after a restart', { command: command.command, error });
    }
    await this.tell(reply);
  }

  /** The command runs. Not written: a later start has no use for it. */
  async start(command: CommandName): Promise<void> {
    const reply = this.#parts.messages.executing(command);
    this.#remember(reply, false);
    await this.tell(reply);
  }

  async succeed(command: CommandName, result?: CommandResult): Promise<void> {
    await this.#finish(this.#parts.messages.successful(command, result));
  }

  async fail(command: CommandName, error: CommandError): Promise<void> {
    await this.#finish(this.#parts.messages.failed(command, error));
  }

  /** Tells a final answer that an earlier run may not have told. */
  async tellAgain({ reply }: JournalEntry): Promise<void> {
    await this.#tellLast(reply);
  }

  /** @returns whether the reply was taken */
  async tell(reply: Reply): Promise<boolean> {
    const { messages, log } = this.#parts;
    try {
      await this.#parts.reply(messages.toMessage(reply));
      return true;
    } catch (error) {
      if (!(error instanceof OnefaceError)) throw error;
      log.warn('a reply cannot be sent', { state: reply.state, error });
      return false;
    }
  }

  async #finish(reply: KnownReply): Promise<void> {
    this.#remember(reply, false);
    await this.#save();
    await this.#tellLast(reply);
  }

  async #tellLast(reply: KnownReply): Promise<void> {
    if (!(await this.tell(reply))) return;
    this.#remember(reply, true);
    await this.#save();
  }

  /** A command that the journal has lost is answered all the same. */
  #remember(reply: KnownReply, sent: boolean): void {
    const { journal } = this.#parts;
    const entry = journal.get(reply.id);
    if (entry !== undefined) journal.set({ ...entry, reply, sent });
  }

  async #save(): Promise<void> {
    const { journal, log } = this.#parts;
    try {
      await journal.save();
    } catch (error) {
      if (!(error instanceof UnavailableError)) throw error;
      log.warn('the state of a command cannot be kept', { error });
    }
  }
}
