/** One message for the broker. */
export interface OutgoingMessage {
  readonly topic: string;
  /** UTF-8 text: one JSON object. */
  readonly payload: string;
  /** Whether the broker keeps it as the topic's last word. False if left out. */
  readonly retain?: boolean;
}

/**
 * What a message is, from the first to go to the last when room is short: health first, events last; among
 * equals the oldest goes first.
 */
export const MESSAGE_KINDS = ['health', 'reply', 'event'] as const;
export type MessageKind = (typeof MESSAGE_KINDS)[number];

/** Where an event stands in the device's event log; goes into the event as `log` and `sequence`. */
export interface LogPosition {
  /** `kept` is false when the log is in memory only. */
  readonly log: { readonly id: string; readonly kept: boolean };
  readonly sequence: number;
}

/** A message that waits in the outbox. */
export interface QueuedMessage extends OutgoingMessage {
  readonly kind: MessageKind;
  /** When it was added, in milliseconds of the monotonic clock; undefined for one of an earlier run. */
  readonly addedAt: number | undefined;
}

/** How an outbox is. */
export interface OutboxState {
  /** Whether messages are kept on disk at present. */
  readonly kept: boolean;
  readonly messages: number;
  /** Bytes of the payloads that wait. */
  readonly bytes: number;
  /** Age of the oldest message in milliseconds; 0 without any. */
  readonly oldestAge: number;
  /** Messages dropped since the start: for want of room, by age, or because the disk has spoilt them. */
  readonly dropped: Readonly<Record<MessageKind, number>>;
}

/** Keeps messages in order until the broker has acknowledged them, and numbers events. */
export interface Outbox {
  readonly state: OutboxState;
  /** Keeps a message that is no event. Resolves when it is kept as safely as the outbox can. */
  add(kind: Exclude<MessageKind, 'event'>, message: OutgoingMessage): Promise<void>;
  /**
   * Keeps an event. `build` is called in turn, with the event's place in the log. The event can be taken only
   * once it is on disk, so that no number the broker has seen is given twice. When the disk fails before that,
   * `build` is called once more, with a place in the log in memory.
   */
  addEvent(build: (position: LogPosition) => OutgoingMessage): Promise<void>;
  /**
   * The oldest message that is not under way; from now on it is. Undefined when there is none, and while its
   * text is being read from the disk.
   */
  take(): QueuedMessage | undefined;
  /** Forgets a message that was taken: the broker has it. */
  settle(message: QueuedMessage): void;
  /** The connection is lost: every message under way waits again, in its old place. */
  release(): void;
  /** Calls `listener` whenever there may be a message to take. One listener at a time. */
  onReady(listener: () => void): void;
  /** Writes what is pending and lets go of the disk. Nothing may be added afterwards. */
  close(): Promise<void>;
}
