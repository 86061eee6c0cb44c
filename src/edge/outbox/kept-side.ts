import { errorCode } from '../files/error-code.js';
import type { Logger } from '../logging/logger.js';
import { type Add, buildMessage, type MessageNumbers, toEntry } from './adds.js';
import { GroupCommit, type KeptMessage } from './group-commit.js';
import type { KeptStore } from './kept-store.js';
import type { Entry } from './message-queue.js';
import type { MessageKind } from './outbox.js';
import { prefetch } from './prefetch.js';
import { type DiskBounds, Reclaimer } from './reclaim.js';
import type { RemovalRecord } from './record.js';
import { coverMessage } from './segment.js';
import type { WaitingMessages } from './waiting-messages.js';

/** About what a record takes beside its payload. */
const OVERHEAD_BYTES = 100;

export interface KeptSideParts {
  readonly store: KeptStore;
  readonly numbers: MessageNumbers;
  readonly waiting: WaitingMessages;
  readonly bounds: DiskBounds;
  readonly log: Logger;
}

/** Keeps messages in a folder: writes groups, keeps to the bounds and reads ahead. One call at a time. */
export class KeptSide {
  readonly store: KeptStore;
  readonly #parts: KeptSideParts;
  readonly #group: GroupCommit<Add | Entry>;
  readonly #reclaimer: Reclaimer;
  #pending = 0;

  constructor(parts: KeptSideParts) {
    const { store, waiting, bounds, log } = parts;
    this.store = store;
    this.#parts = parts;
    this.#group = new GroupCommit(store, bounds.segmentBytes);
    this.#reclaimer = new Reclaimer(store, waiting, bounds, log);
  }

  /** New messages that are not on disk for sure. */
  get pending(): number {
    return this.#pending;
  }

  /** Whether something written waits for its fsync. */
  get isOpen(): boolean {
    return this.#group.isOpen;
  }

  /** Makes the folder ready to be written. @throws the system's error when the disk does not work */
  async begin(): Promise<void> {
    for (;;) {
      const bytes = this.store.bytes;
      try {
        return await this.store.begin();
      } catch (error) {
        if (errorCode(error) !== 'ENOSPC') throw error;
        await this.#reclaimer.freeSome();
        if (this.store.bytes >= bytes) throw error;
      }
    }
  }

  /**
   * Adds a new message, or one that waits in memory, to the next group.
   *
   * @returns its bytes, about
   */
  add(origin: Add | Entry): number {
    const { store, numbers, bounds } = this.#parts;
    const isNew = 'build' in origin;
    const sequence = isNew && origin.kind === 'event' ? store.nextSequence + this.#group.events : 0;
    const message = isNew
      ? buildMessage(origin, { log: { id: store.logId, kept: true }, sequence }, bounds.segmentBytes.event)
      : origin.message;
    if (message === undefined) return 0;
    const { kind, time } = origin;
    this.#group.add({ origin, kind, number: numbers.next, sequence, time, message });
    if (isNew) this.#pending += 1;
    numbers.next += 1;
    store.nextNumber = numbers.next;
    return OVERHEAD_BYTES + message.payload.length;
  }

  /** Takes note that a message on disk is no longer wanted. May be called at any time. */
  forget(type: RemovalRecord['type'], kind: MessageKind, number: number): void {
    this.#group.forget(type, kind, number);
  }

  /**
   * Writes what was added. What cannot be written is tried again in new segments, on a full disk after some
   * room was made.
   *
   * @param sync whether to bring it to the disk itself now
   * @returns how many messages are on disk from now on, and can be taken
   * @throws the system's error when the disk does not work
   */
  async commit(sync: boolean): Promise<number> {
    let leastBytes = this.store.bytes;
    for (let tries = 1; ; tries += 1) {
      try {
        await this.#group.write();
        const kept = sync && this.isOpen ? await this.#group.sync() : [];
        for (const message of kept) this.#arrive(message);
        return kept.length;
      } catch (error) {
        await this.#giveUpGroup();
        const isFull = errorCode(error) === 'ENOSPC';
        if (isFull) await this.#reclaimer.freeSome();
        // Room that only the last try took is no gain.
        if (isFull ? this.store.bytes >= leastBytes : tries > 1) throw error;
        leastBytes = this.store.bytes;
        this.#parts.log.warn('outbox could not be written, trying again', { error });
      }
    }
  }

  /** Resolves what is written though not on disk for sure. */
  resolveWritten(): void {
    for (const { origin } of this.#group.written) if ('build' in origin) origin.resolve();
  }

  /**
   * Keeps to the bounds, when nothing waits for its fsync.
   *
   * @throws the system's error when the disk does not work
   */
  async reclaim(): Promise<void> {
    if (this.isOpen) return;
    await this.#reclaimer.reclaim();
  }

  /**
   * Reads the next messages into memory.
   *
   * @param isWritable whether the disk can be written as far as is known
   * @returns whether there are more messages to take now
   * @throws the system's error when the disk does not work
   */
  async prefetch(isWritable: boolean): Promise<boolean> {
    const proveDisk = async (error: unknown) => {
      // A new segment may not begin within a group.
      if (!isWritable || this.isOpen) throw error;
      await this.store.logs.event.start(this.store.head);
    };
    const onLost = (entry: Entry, error: unknown) => this.#lost(entry, error);
    return await prefetch(this.store, this.#parts.waiting, onLost, proveDisk);
  }

  /**
   * Takes back what is not on disk for sure, and writes nothing more before the store's next `begin`.
   *
   * @returns the new messages of it
   */
  async end(): Promise<Add[]> {
    await this.#giveUpGroup();
    this.#pending = 0;
    return this.#group.takeBack().flatMap(({ origin }) => ('build' in origin ? [origin] : []));
  }

  /** A message is on disk and can be taken. */
  #arrive({ origin, kind, number, message, place }: KeptMessage<Add | Entry>): void {
    const { waiting } = this.#parts;
    if ('build' in origin) {
      this.#pending -= 1;
      waiting.push(toEntry(origin, number, message, place), message);
      origin.resolve();
    } else if (!waiting.moveToDisk(origin, place, number)) {
      coverMessage(place.segment, number);
      this.forget('settled', kind, number);
    }
  }

  async #giveUpGroup(): Promise<void> {
    for (const error of await this.#group.giveUp()) {
      this.#parts.log.warn('segment of the outbox could not be cut', { error });
    }
  }

  #lost(entry: Entry, error: unknown): void {
    const { kind, number } = entry;
    this.#parts.waiting.drop(entry);
    this.forget('dropped', kind, number);
    this.#parts.log.error('a message in the outbox is damaged and lost', { kind, error });
  }
}
