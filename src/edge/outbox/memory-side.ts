import type { Logger } from '../logging/logger.js';
import { type Add, buildMessage, type MessageNumbers, toEntry } from './adds.js';
import type { Entry } from './message-queue.js';
import { MESSAGE_KINDS } from './outbox.js';
import type { WaitingMessages } from './waiting-messages.js';

export interface MemorySideParts {
  /** Of the event log in memory. */
  readonly logId: string;
  readonly numbers: MessageNumbers;
  readonly waiting: WaitingMessages;
  /** Most bytes of payloads. */
  readonly mostBytes: number;
  readonly mostMessageBytes: number;
  readonly log: Logger;
}

/** Keeps messages in memory while the disk does not work. Its event log goes on as long as the process. */
export class MemorySide {
  readonly #parts: MemorySideParts;
  #sequence = 0;

  constructor(parts: MemorySideParts) {
    this.#parts = parts;
  }

  /** The messages that are in memory only, oldest first. */
  get messages(): Entry[] {
    const { inMemory } = this.#parts.waiting;
    return MESSAGE_KINDS.flatMap((kind) => [...inMemory[kind]]).sort((a, b) => a.number - b.number);
  }

  /** Keeps messages, and drops others when there is no room. */
  keep(adds: readonly Add[]): void {
    const { logId, numbers, waiting, mostBytes, mostMessageBytes, log } = this.#parts;
    for (const add of adds) {
      const sequence = add.kind === 'event' ? this.#sequence + 1 : 0;
      const message = buildMessage(add, { log: { id: logId, kept: false }, sequence }, mostMessageBytes);
      if (message === undefined) continue;
      if (sequence > 0) this.#sequence = sequence;
      waiting.push(toEntry(add, numbers.next, message, undefined), message);
      numbers.next += 1;
      add.resolve();
    }
    let messages = 0;
    for (; waiting.memoryBytes > mostBytes; messages += 1) this.#dropOldest();
    if (messages > 0) log.warn('outbox in memory is full, oldest messages dropped', { messages });
  }

  #dropOldest(): void {
    const { waiting } = this.#parts;
    const kind = MESSAGE_KINDS.find((candidate) => waiting.inMemory[candidate].count > 0);
    const oldest = kind && waiting.inMemory[kind].oldest();
    if (oldest !== undefined) waiting.drop(oldest);
  }
}
