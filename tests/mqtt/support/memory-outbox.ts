import { expected } from '@oneface/common/errors/errors';
import type { Clock } from '@oneface/edge/clock/clock';
import {
  type LogPosition,
  MESSAGE_KINDS,
  type MessageKind,
  type Outbox,
  type OutboxState,
  type OutgoingMessage,
  type QueuedMessage,
} from '@oneface/edge/outbox/outbox';

interface Entry extends QueuedMessage {
  readonly addedAt: number;
}

/**
 * An outbox in memory that holds at most `capacity` messages. Everything in it is lost with the process.
 *
 * @param logId 32 hex digits
 * @throws InputError when `capacity` is no positive integer
 */
export function createMemoryOutbox(capacity: number, logId: string, clock: Pick<Clock, 'monotonic'>): Outbox {
  if (!Number.isInteger(capacity) || capacity < 1) {
    throw expected('a positive integer', 'the capacity of the outbox', capacity);
  }
  return new MemoryOutbox(capacity, logId, clock);
}

class MemoryOutbox implements Outbox {
  readonly #capacity: number;
  readonly #logId: string;
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #entries: Entry[] = [];
  readonly #underWay = new Set<QueuedMessage>();
  readonly #dropped = { health: 0, reply: 0, event: 0 };
  #sequence = 0;
  #bytes = 0;
  #listener: () => void = () => {};

  constructor(capacity: number, logId: string, clock: Pick<Clock, 'monotonic'>) {
    this.#capacity = capacity;
    this.#logId = logId;
    this.#clock = clock;
  }

  get state(): OutboxState {
    const [oldest] = this.#entries;
    return {
      kept: false,
      messages: this.#entries.length,
      bytes: this.#bytes,
      oldestAge: oldest === undefined ? 0 : this.#clock.monotonic() - oldest.addedAt,
      dropped: { ...this.#dropped },
    };
  }

  async add(kind: Exclude<MessageKind, 'event'>, message: OutgoingMessage): Promise<void> {
    this.#push(kind, message);
  }

  async addEvent(build: (position: LogPosition) => OutgoingMessage): Promise<void> {
    this.#sequence += 1;
    this.#push('event', build({ log: { id: this.#logId, kept: false }, sequence: this.#sequence }));
  }

  take(): QueuedMessage | undefined {
    const entry = this.#entries.find((candidate) => !this.#underWay.has(candidate));
    if (entry !== undefined) this.#underWay.add(entry);
    return entry;
  }

  settle(message: QueuedMessage): void {
    this.#remove((this.#entries as readonly QueuedMessage[]).indexOf(message));
  }

  release(): void {
    this.#underWay.clear();
  }

  onReady(listener: () => void): void {
    this.#listener = listener;
  }

  async close(): Promise<void> {}

  #push(kind: MessageKind, message: OutgoingMessage): void {
    this.#entries.push({ ...message, kind, addedAt: this.#clock.monotonic() });
    this.#bytes += message.payload.length;
    while (this.#entries.length > this.#capacity) this.#dropOne();
    this.#listener();
  }

  #dropOne(): void {
    for (const kind of MESSAGE_KINDS) {
      const index = this.#entries.findIndex((entry) => entry.kind === kind);
      if (index < 0) continue;
      this.#dropped[kind] += 1;
      this.#remove(index);
      return;
    }
  }

  #remove(index: number): void {
    const [entry] = index < 0 ? [] : this.#entries.splice(index, 1);
    if (entry === undefined) return;
    this.#underWay.delete(entry);
    this.#bytes -= entry.payload.length;
  }
}
