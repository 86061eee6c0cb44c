import type { QueuedMessage } from '../outbox/outbox.js';

/** Messages sent but not yet acknowledged; small, so that little is repeated after a lost connection. */
const MOST_UNDER_WAY = 8;
/** Sessions in a row without a single delivery, after which messages go one at a time. */
const FRUITLESS_SESSIONS = 2;
/** Connections in a row that the broker closed when it got the same message, after which others go first. */
const DEADLY_SENDINGS = 3;
/** A broker that cannot take a message closes as soon as it has it. */
const DEADLY_MILLISECONDS = 5000;

/** How the sending of a session stood at its end. */
export interface SessionEnd {
  /** The broker closed the connection, as opposed to the network or us. */
  readonly closedByBroker: boolean;
  /** Whether it had acknowledged the birth message. */
  readonly born: boolean;
  /** What was not acknowledged: when it was sent, in milliseconds of the monotonic clock. */
  readonly underWay: ReadonlyMap<QueuedMessage, number>;
  /** Topics of the messages that were acknowledged. */
  readonly topicsTaken: ReadonlySet<string>;
  /** The same clock at the end. */
  readonly now: number;
}

/**
 * Finds the message that a broker can never take, where the broker does not say so: one of MQTT 3.1.1 that
 * gets a packet above its limit just closes the connection, and would do so for ever.
 *
 * A broker also closes, message after message, when the device may not publish at a topic for now. So a
 * message that was deadly some times is held back first, and turns out to be poison only when the broker takes
 * another one of its topic and then, on the same connection, still closes at this one.
 */
export interface PoisonWatch {
  /** How many messages may be under way. */
  readonly window: number;
  /** Whether a message is to wait until another one of its topic was delivered. */
  isSuspect(message: QueuedMessage): boolean;
  /** Whether a message has turned out to be such a one. */
  isPoison(message: QueuedMessage): boolean;
  delivered(message: QueuedMessage): void;
  ended(end: SessionEnd): void;
}

interface Suspect {
  readonly message: QueuedMessage;
  readonly sendings: number;
  readonly proven: boolean;
}

export function createPoisonWatch(): PoisonWatch {
  let fruitless = 0;
  let suspect: Suspect | undefined;
  const reset = () => {
    fruitless = 0;
    suspect = undefined;
  };
  const isHeld = () => suspect !== undefined && !suspect.proven && suspect.sendings >= DEADLY_SENDINGS;
  const isIt = (message: QueuedMessage) => suspect !== undefined && same(suspect.message, message);
  return {
    get window() {
      return fruitless < FRUITLESS_SESSIONS ? MOST_UNDER_WAY : 1;
    },
    isSuspect: (message) => isHeld() && isIt(message),
    isPoison: (message) => suspect?.proven === true && isIt(message),
    delivered(message) {
      if (!isHeld() || isIt(message)) reset();
    },
    ended({ closedByBroker, born, underWay, topicsTaken, now }) {
      if (!closedByBroker || !born || underWay.size === 0) return reset();
      fruitless += 1;
      if (underWay.size > 1) return;
      for (const [message, sentAt] of underWay) {
        if (now - sentAt > DEADLY_MILLISECONDS) return reset();
        const again = isIt(message);
        suspect = {
          message,
          sendings: again && suspect ? suspect.sendings + 1 : 1,
          proven: again && isHeld() && topicsTaken.has(message.topic),
        };
      }
    },
  };
}

/** An outbox may read a message from the disk again: then it is another object. */
function same(a: QueuedMessage, b: QueuedMessage): boolean {
  return a.topic === b.topic && a.payload === b.payload;
}
