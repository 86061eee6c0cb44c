import { expected } from '@oneface/common/errors/errors';
import type { Entry } from './message-queue.js';
import type { LogPosition, OutgoingMessage } from './outbox.js';

/** Of MQTT. */
const LONGEST_TOPIC = 65_535;

/** A message that somebody waits to see kept. */
export interface Add extends Pick<Entry, 'kind' | 'time' | 'addedAt'> {
  /** `position` has the sequence 0 for what is no event. */
  readonly build: (position: LogPosition) => OutgoingMessage;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Gives out the numbers that order the messages of all kinds. */
export interface MessageNumbers {
  next: number;
}

/**
 * Builds the message for its place. One that cannot be built, or is too long, is rejected and undefined.
 *
 * @param mostBytes most bytes of the payload
 */
export function buildMessage(
  add: Add,
  position: LogPosition,
  mostBytes: number,
): OutgoingMessage | undefined {
  try {
    const message = add.build(position);
    if (Buffer.byteLength(message.topic) > LONGEST_TOPIC) {
      throw expected(`at most ${LONGEST_TOPIC} bytes`, 'a topic', message.topic);
    }
    if (Buffer.byteLength(message.payload) > mostBytes) {
      throw expected(`at most ${mostBytes} bytes`, 'a message', message.payload);
    }
    return message;
  } catch (error) {
    add.reject(error);
    return undefined;
  }
}

export function toEntry(
  { kind, time, addedAt }: Add,
  number: number,
  { payload }: OutgoingMessage,
  place: Entry['place'],
): Entry {
  const payloadBytes = Buffer.byteLength(payload);
  return {
    kind,
    time,
    addedAt,
    number,
    payloadBytes,
    place,
    message: undefined,
    underWay: false,
    gone: false,
  };
}
