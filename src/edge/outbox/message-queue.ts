import type { MessageKind, QueuedMessage } from './outbox.js';
import type { Place } from './segment.js';

/** A message that waits in the outbox, wherever its text is. */
export interface Entry {
  /** Orders the messages of all kinds. */
  number: number;
  readonly kind: MessageKind;
  readonly payloadBytes: number;
  /** When it was added: milliseconds since 1970 by a trusted clock; 0 when there was none. */
  time: number;
  /** The same by the monotonic clock; undefined for one of an earlier run. */
  readonly addedAt: number | undefined;
  /** Where it lies on disk; undefined for one in memory only. */
  place: Place | undefined;
  /** Its text, while that is in memory. */
  message: QueuedMessage | undefined;
  underWay: boolean;
  /** Settled or dropped. */
  gone: boolean;
}

/** Taking gone entries out of an array costs its length, so many go at once. */
const MOST_GONE = 1024;

/** Messages in the order of their numbers. Taking, adding and removing cost the same however many there are. */
export class MessageQueue {
  #entries: Entry[] = [];
  /** All before it are gone. */
  #head = 0;
  /** All before it are gone or under way. */
  #cursor = 0;
  #count = 0;

  /** Entries that are not gone. */
  get count(): number {
    return this.#count;
  }

  push(entry: Entry): void {
    this.#entries.push(entry);
    this.#count += 1;
  }

  /** The oldest entry, under way or not. */
  oldest(): Entry | undefined {
    while (this.#head < this.#entries.length && this.#entries[this.#head].gone) this.#head += 1;
    return this.#entries.at(this.#head);
  }

  /** The oldest entry that is not under way. */
  next(): Entry | undefined {
    this.oldest();
    this.#cursor = Math.max(this.#cursor, this.#head);
    while (this.#cursor < this.#entries.length && !waits(this.#entries[this.#cursor])) this.#cursor += 1;
    return this.#entries.at(this.#cursor);
  }

  /** The entries that are not under way, oldest first. One that comes meanwhile may be left out. */
  *waiting(): Generator<Entry> {
    this.next();
    const entries = this.#entries;
    for (let index = this.#cursor; index < entries.length; index += 1) {
      if (waits(entries[index])) yield entries[index];
    }
  }

  /** All entries, oldest first. One that comes meanwhile may be left out. */
  *[Symbol.iterator](): Generator<Entry> {
    this.oldest();
    const entries = this.#entries;
    for (let index = this.#head; index < entries.length; index += 1) {
      if (!entries[index].gone) yield entries[index];
    }
  }

  remove(entry: Entry): void {
    if (entry.gone) return;
    entry.gone = true;
    entry.message = undefined;
    this.#count -= 1;
    if (this.#entries.length < 2 * this.#count + MOST_GONE) return;
    this.#entries = this.#entries.filter((other) => !other.gone);
    this.#head = 0;
    this.#cursor = 0;
  }

  /** To be called when entries are no longer under way. */
  rewind(): void {
    this.#cursor = this.#head;
  }
}

function waits(entry: Entry): boolean {
  return !entry.gone && !entry.underWay;
}
