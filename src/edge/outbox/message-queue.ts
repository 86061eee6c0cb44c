import type { MessageKind, QueuedMessage } from './outbox.js';
import type { Place } from './segment-log.js';

/** A message that waits in the outbox, wherever its text is. */
export interface Entry {
  /** Orders the messages of all kinds. */
  readonly number: number;
  readonly kind: MessageKind;
  readonly payloadBytes: number;
  /** When it was added: milliseconds since 1970 by a trusted clock; 0 when there was none. */
  readonly time: number;
  /** The same by the monotonic clock; undefined for one of an earlier run. */
  readonly addedAt: number | undefined;
  /** Where it lies on disk; undefined for one in memory only. */
  place: Place | undefined;
  /** Its text, while that is in memory. */
  message: QueuedMessage | undefined;
  underWay: boolean;
  /** Settled or dropped. */
  gone: boolean;
  /** Times it could not be read. */
  failures: number;
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

  get count(): number {
    return this.#count;
  }

  push(entry: Entry): void {
    if (this.#entries.length >= 2 * this.#count + MOST_GONE) {
      this.#entries = this.#entries.filter(({ gone }) => !gone);
      this.#head = 0;
      this.#cursor = 0;
    }
    this.#entries.push(entry);
    this.#count += 1;
  }

  /** The oldest entry, under way or not. */
  oldest(): Entry | undefined {
    while (this.#head < this.#entries.length && this.#entries[this.#head].gone) this.#head += 1;
    return this.#entries[this.#head];
  }

  /** The oldest entry that is not under way. */
  next(): Entry | undefined {
    this.oldest();
    this.#cursor = Math.max(this.#cursor, this.#head);
    while (this.#cursor < this.#entries.length && !waits(this.#entries[this.#cursor])) this.#cursor += 1;
    return this.#entries[this.#cursor];
  }

  /** The entries that are not under way, oldest first. */
  *waiting(): Generator<Entry> {
    this.next();
    for (let index = this.#cursor; index < this.#entries.length; index += 1) {
      const entry = this.#entries[index];
      if (waits(entry)) yield entry;
    }
  }

  /** All entries, oldest first. */
  *[Symbol.iterator](): Generator<Entry> {
    this.oldest();
    for (let index = this.#head; index < this.#entries.length; index += 1) {
      const entry = this.#entries[index];
      if (!entry.gone) yield entry;
    }
  }

  /** Takes an entry out. */
  remove(entry: Entry): void {
    if (entry.gone) return;
    entry.gone = true;
    entry.message = undefined;
    this.#count -= 1;
  }

  /** No entry is under way any longer. */
  release(): void {
    for (const entry of this.#entries.slice(this.#head, this.#cursor)) entry.underWay = false;
    this.#cursor = this.#head;
  }
}

function waits(entry: Entry): boolean {
  return !entry.gone && !entry.underWay;
}
