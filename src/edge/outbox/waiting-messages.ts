import { type Entry, MessageQueue } from './message-queue.js';
import { MESSAGE_KINDS, type MessageKind, type OutgoingMessage, type QueuedMessage } from './outbox.js';
import { countMessage, discountMessage, type Place } from './segment.js';

type Queues = Readonly<Record<MessageKind, MessageQueue>>;

/** Text of messages on disk that is held in memory, so that they can be taken at once. */
const WINDOW_MESSAGES = 64;
const WINDOW_BYTES = 512 * 1024;

/** All messages that can be taken or are under way: an index of those on disk, and those in memory. */
export class WaitingMessages {
  readonly onDisk: Queues = queues();
  readonly inMemory: Queues = queues();
  /** Messages dropped, those that the broker got all the same left out. */
  readonly dropped: Record<MessageKind, number> = { health: 0, reply: 0, event: 0 };
  /** False while the disk cannot be read: then what is not in memory is passed over. */
  diskReadable = true;
  readonly #entries = new WeakMap<QueuedMessage, Entry>();
  readonly #underWay = new Set<Entry>();
  readonly #droppedUnderWay = new Set<Entry>();
  #payloadBytes = 0;
  #memoryBytes = 0;
  #loaded = 0;
  #loadedBytes = 0;
  #unloaded = 0;

  get count(): number {
    return MESSAGE_KINDS.reduce((sum, kind) => sum + this.onDisk[kind].count + this.inMemory[kind].count, 0);
  }

  /** Messages that are in memory only. */
  get memoryCount(): number {
    return MESSAGE_KINDS.reduce((sum, kind) => sum + this.inMemory[kind].count, 0);
  }

  get payloadBytes(): number {
    return this.#payloadBytes;
  }

  /** Payload bytes of messages that are in memory only. */
  get memoryBytes(): number {
    return this.#memoryBytes;
  }

  oldest(): Entry | undefined {
    return first(this.onDisk, this.inMemory, (queue) => queue.oldest());
  }

  /** Adds a message at the end. One without text has to be on disk. */
  push(entry: Entry, message: OutgoingMessage | undefined): void {
    this.#payloadBytes += entry.payloadBytes;
    if (message !== undefined) this.#hold(entry, message);
    if (entry.place === undefined) {
      this.#memoryBytes += entry.payloadBytes;
      this.inMemory[entry.kind].push(entry);
    } else {
      this.#pushOnDisk(entry, entry.place);
    }
  }

  /**
   * The message has come from memory to the disk, behind all that are there.
   *
   * @returns false when it was no longer wanted
   */
  moveToDisk(entry: Entry, place: Place, number: number): boolean {
    const { message } = entry;
    if (entry.gone || message === undefined) return false;
    // Another entry, as the queue of those in memory still holds this one and sees that it is gone.
    const moved = { ...entry, place, number };
    this.inMemory[entry.kind].remove(entry);
    this.#memoryBytes -= entry.payloadBytes;
    this.#entries.set(message, moved);
    if (this.#underWay.delete(entry)) this.#underWay.add(moved);
    this.#pushOnDisk(moved, place);
    return true;
  }

  /** The oldest message that is not under way; from now on it is. Undefined also while its text is on disk. */
  take(): QueuedMessage | undefined {
    const entry = this.#next();
    if (entry?.message === undefined) return undefined;
    entry.underWay = true;
    this.#underWay.add(entry);
    return entry.message;
  }

  /** The next message whose text should be read, as far as there is room. */
  nextToLoad(): Entry | undefined {
    if (this.#unloaded === 0) return undefined;
    const next = this.#next();
    if (next !== undefined && next.message === undefined) return next;
    if (this.#loaded >= WINDOW_MESSAGES || this.#loadedBytes >= WINDOW_BYTES) return undefined;
    return first(this.onDisk, undefined, (queue) => {
      for (const entry of queue.waiting()) if (entry.message === undefined) return entry;
      return undefined;
    });
  }

  /** The text of a message on disk was read. */
  load(entry: Entry, message: OutgoingMessage): void {
    if (entry.gone || entry.message !== undefined) return;
    this.#unloaded -= 1;
    this.#hold(entry, message);
    this.#countLoaded(entry);
  }

  /** The broker has it. Gives the entry if it was still there. */
  settle(message: QueuedMessage): Entry | undefined {
    const entry = this.#entries.get(message);
    if (entry === undefined) return undefined;
    this.#droppedUnderWay.delete(entry);
    if (entry.gone) return undefined;
    this.#remove(entry);
    return entry;
  }

  /** Gives a message up. One under way counts as dropped only if the broker does not get it. */
  drop(entry: Entry): void {
    if (entry.gone) return;
    if (entry.underWay) this.#droppedUnderWay.add(entry);
    else this.dropped[entry.kind] += 1;
    this.#remove(entry);
  }

  release(): void {
    for (const { kind } of this.#droppedUnderWay) this.dropped[kind] += 1;
    this.#droppedUnderWay.clear();
    for (const entry of this.#underWay) entry.underWay = false;
    this.#underWay.clear();
    for (const kind of MESSAGE_KINDS) {
      this.onDisk[kind].rewind();
      this.inMemory[kind].rewind();
    }
  }

  #next(): Entry | undefined {
    return first(this.onDisk, this.inMemory, (queue) => {
      const entry = queue.next();
      return entry?.message === undefined && !this.diskReadable ? undefined : entry;
    });
  }

  #pushOnDisk(entry: Entry, place: Place): void {
    countMessage(place, entry.number);
    this.onDisk[entry.kind].push(entry);
    const room = this.#loaded < WINDOW_MESSAGES && this.#loadedBytes < WINDOW_BYTES;
    // Text is held of the oldest only: behind one that has to be read, it would be in the way.
    if (!entry.underWay && (this.#unloaded > 0 || !room)) entry.message = undefined;
    if (entry.message === undefined) this.#unloaded += 1;
    else this.#countLoaded(entry);
  }

  #hold(entry: Entry, { topic, payload, retain }: OutgoingMessage): void {
    const { kind, addedAt } = entry;
    entry.message = { topic, payload, ...(retain && { retain }), kind, addedAt };
    this.#entries.set(entry.message, entry);
  }

  #countLoaded(entry: Entry): void {
    this.#loaded += 1;
    this.#loadedBytes += entry.payloadBytes;
  }

  #remove(entry: Entry): void {
    this.#underWay.delete(entry);
    this.#payloadBytes -= entry.payloadBytes;
    if (entry.place === undefined) {
      this.#memoryBytes -= entry.payloadBytes;
      this.inMemory[entry.kind].remove(entry);
      return;
    }
    discountMessage(entry.place);
    if (entry.message === undefined) this.#unloaded -= 1;
    else {
      this.#loaded -= 1;
      this.#loadedBytes -= entry.payloadBytes;
    }
    this.onDisk[entry.kind].remove(entry);
  }
}

function queues(): Queues {
  return { health: new MessageQueue(), reply: new MessageQueue(), event: new MessageQueue() };
}

/** The entry with the lowest number among those that `pick` finds in the queues. */
function first(
  onDisk: Queues,
  inMemory: Queues | undefined,
  pick: (queue: MessageQueue) => Entry | undefined,
): Entry | undefined {
  let lowest: Entry | undefined;
  for (const queues of [onDisk, inMemory]) {
    if (queues === undefined) continue;
    for (const kind of MESSAGE_KINDS) {
      const entry = pick(queues[kind]);
      if (entry !== undefined && (lowest === undefined || entry.number < lowest.number)) lowest = entry;
    }
  }
  return lowest;
}
