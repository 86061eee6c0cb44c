import { AcceptedReply, ExecutingReply, FailedReply, SuccessfulReply } from '@oneface/common/commands/reply';
import { CLOSED, Digest } from '@oneface/common/events/fields';
import { compileValidator } from '@oneface/common/schemas/validator';
import { type Static, Type } from '@sinclair/typebox';
import { createStateFile, type ReplaceStateFile, type StateFile } from '../files/state-file.js';
import type { Logger } from '../logging/logger.js';

/** Ids that are remembered; the oldest finished ones go first. */
export const MOST_JOURNAL_ENTRIES = 256;
/** The journal is written as a whole: its size is what each step of a command costs the SD card. */
const MOST_JOURNAL_BYTES = 256 * 1024;

/** The last word on a command whose id is known. */
export const KnownReply = Type.Union([AcceptedReply, ExecutingReply, SuccessfulReply, FailedReply]);
export type KnownReply = Static<typeof KnownReply>;

/** What is remembered of a command. */
const JournalEntry = Type.Object(
  {
    /** SHA-256 of what was asked for: another command with the same id has another one. */
    digest: Digest,
    /** The last answer. */
    reply: KnownReply,
    /** Whether the outbox has the final answer. */
    sent: Type.Boolean(),
  },
  CLOSED,
);
export type JournalEntry = Readonly<Static<typeof JournalEntry>>;

const JournalFile = Type.Object({ version: Type.Literal(1), entries: Type.Array(JournalEntry) }, CLOSED);

/** Remembers commands over restarts and kills, so that each runs once. */
export interface CommandJournal {
  get(id: string): JournalEntry | undefined;
  /** Commands that have no final answer in the outbox yet, in the order they came. */
  unsettled(): JournalEntry[];
  /** Changes the memory; the disk has it after the next `save`. */
  set(entry: JournalEntry): void;
  /** Forgets a command that was not taken after all. */
  remove(id: string): void;
  /**
   * Resolves when everything set so far is on disk.
   *
   * @throws UnavailableError when it cannot be written; the memory keeps it
   */
  save(): Promise<void>;
}

/**
 * Opens the journal of a state folder. A damaged one is set aside and a new one started.
 *
 * @param path of the journal file; its folder must be there
 * @param replace how the file is replaced, for tests
 */
export async function openCommandJournal(
  path: string,
  log: Logger,
  replace?: ReplaceStateFile,
): Promise<CommandJournal> {
  const file = createStateFile(path, compileValidator(JournalFile, 'the journal'), log, replace);
  return new Journal(file, (await file.read())?.entries ?? []);
}

class Journal implements CommandJournal {
  readonly #file: StateFile<Static<typeof JournalFile>>;
  /** In the order the ids came. */
  readonly #entries: Map<string, JournalEntry>;
  #writing: Promise<void> = Promise.resolve();

  constructor(file: StateFile<Static<typeof JournalFile>>, entries: readonly JournalEntry[]) {
    this.#file = file;
    this.#entries = new Map(entries.map((entry) => [entry.reply.id, entry]));
  }

  get(id: string): JournalEntry | undefined {
    return this.#entries.get(id);
  }

  unsettled(): JournalEntry[] {
    return [...this.#entries.values()].filter((entry) => !entry.sent);
  }

  set(entry: JournalEntry): void {
    this.#entries.set(entry.reply.id, entry);
    this.#dropOldest();
  }

  remove(id: string): void {
    this.#entries.delete(id);
  }

  save(): Promise<void> {
    const write = () => this.#file.write({ version: 1, entries: [...this.#entries.values()] });
    // One write at a time, whether the one before succeeded or not.
    this.#writing = this.#writing.then(write, write);
    return this.#writing;
  }

  #dropOldest(): void {
    let bytes = 0;
    for (const entry of this.#entries.values()) bytes += JSON.stringify(entry).length;
    for (const [id, entry] of this.#entries) {
      if (this.#entries.size <= MOST_JOURNAL_ENTRIES && bytes <= MOST_JOURNAL_BYTES) return;
      if (!entry.sent) continue;
      bytes -= JSON.stringify(entry).length;
      this.#entries.delete(id);
    }
  }
}
