import type { Logger } from '../logging/logger.js';
import { errorCode } from './disk.js';
import { GroupCommit, type GroupMessage, type KeptMessage } from './group-commit.js';
import type { KeptStore } from './kept-store.js';
import type { Entry } from './message-queue.js';
import type { MessageKind } from './outbox.js';
import { prefetch } from './prefetch.js';
import { type DiskBounds, Reclaimer } from './reclaim.js';
import type { RemovalRecord } from './record.js';
import type { WaitingMessages } from './waiting-messages.js';

/** A folder at work: writes groups, keeps to the bounds and reads ahead. One call at a time. */
export class KeptSide<Origin> {
  readonly store: KeptStore;
  readonly #waiting: WaitingMessages;
  readonly #group: GroupCommit<Origin>;
  readonly #reclaimer: Reclaimer;
  readonly #log: Logger;

  constructor(store: KeptStore, waiting: WaitingMessages, bounds: DiskBounds, log: Logger) {
    this.store = store;
    this.#waiting = waiting;
    this.#group = new GroupCommit(store, bounds.segmentBytes);
    this.#reclaimer = new Reclaimer(store, waiting, bounds, log);
    this.#log = log;
  }

  /** Messages that were added but are not on disk for sure. */
  get pending(): readonly GroupMessage<Origin>[] {
    return this.#group.messages;
  }

  /** The number of the next event, those of the group counted. */
  get nextSequence(): number {
    return this.store.nextSequence + this.pending.filter(({ sequence }) => sequence > 0).length;
  }

  /** Whether something written waits for its fsync. */
  get isOpen(): boolean {
    return this.#group.isOpen;
  }

  add(message: GroupMessage<Origin>): void {
    this.#group.add(message);
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
   * @returns the messages that are on disk from now on
   * @throws the system's error when the disk does not work
   */
  async commit(sync: boolean): Promise<KeptMessage<Origin>[]> {
    let leastBytes = this.store.bytes;
    for (let tries = 1; ; tries += 1) {
      try {
        await this.#group.write();
        return sync && this.isOpen ? await this.#group.sync() : [];
      } catch (error) {
        await this.#giveUpGroup();
        const isFull = errorCode(error) === 'ENOSPC';
        if (isFull) await this.#reclaimer.freeSome();
        // Room that only the last try took is no gain.
        if (isFull ? this.store.bytes >= leastBytes : tries > 1) throw error;
        leastBytes = this.store.bytes;
        this.#log.warn('outbox could not be written, trying again', { error });
      }
    }
  }

  /** Keeps to the bounds. @throws the system's error when the disk does not work */
  async reclaim(): Promise<void> {
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
      // A group never crosses from one segment to the next; it comes to the disk with the next commit.
      if (!isWritable || this.isOpen) throw error;
      await this.store.logs.event.start(this.store.head);
    };
    return await prefetch(this.store, this.#waiting, (entry, error) => this.#lost(entry, error), proveDisk);
  }

  /** Takes back what is not on disk for sure, and writes nothing more before the store's next `begin`. */
  async end(): Promise<GroupMessage<Origin>[]> {
    await this.#giveUpGroup();
    return this.#group.takeBack();
  }

  async #giveUpGroup(): Promise<void> {
    for (const error of await this.#group.giveUp()) {
      this.#log.warn('segment of the outbox could not be cut', { error });
    }
  }

  #lost(entry: Entry, error: unknown): void {
    const { kind, number } = entry;
    this.#waiting.drop(entry);
    this.forget('dropped', kind, number);
    this.#log.error('a message in the outbox is damaged and lost', { kind, error });
  }
}
