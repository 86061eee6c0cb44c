import { expected } from '@oneface/common/errors/errors';

/** One message on its way to the broker. */
export interface OutgoingMessage {
  readonly topic: string;
  /** UTF-8 text */
  readonly payload: string;
}

/** Keeps messages in order until the broker has acknowledged them. */
export interface Outbox {
  /** Messages kept, those under way included. */
  readonly size: number;
  /**
   * Keeps a message.
   *
   * @returns the messages that had to go to make room
   */
  add(message: OutgoingMessage): readonly OutgoingMessage[];
  /** The oldest message that is not under way; from now on it is. Undefined when there is none. */
  take(): OutgoingMessage | undefined;
  /** Forgets a message that was taken: the broker has it. */
  settle(message: OutgoingMessage): void;
  /** The connection is lost: every message under way waits again, in its old place. */
  release(): void;
}

/**
 * An outbox in memory that holds at most `capacity` messages: when it is full the oldest goes, which its
 * reader sees as a gap in the sequence. Everything in it is lost with the process.
 *
 * @throws InputError when `capacity` is no positive integer
 */
export function createMemoryOutbox(capacity: number): Outbox {
  if (!Number.isInteger(capacity) || capacity < 1) {
    throw expected('a positive integer', 'the capacity of the outbox', capacity);
  }
  const messages: OutgoingMessage[] = [];
  let underWay = 0;
  return {
    get size() {
      return messages.length;
    },
    add(message) {
      messages.push(message);
      const dropped = messages.splice(0, Math.max(0, messages.length - capacity));
      underWay = Math.max(0, underWay - dropped.length);
      return dropped;
    },
    take() {
      const message = messages[underWay];
      if (message !== undefined) underWay += 1;
      return message;
    },
    settle(message) {
      const index = messages.indexOf(message);
      if (index < 0) return;
      messages.splice(index, 1);
      if (index < underWay) underWay -= 1;
    },
    release() {
      underWay = 0;
    },
  };
}
