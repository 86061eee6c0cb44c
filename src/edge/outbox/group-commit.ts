import type { KeptStore } from './kept-store.js';
import type { Entry } from './message-queue.js';
import { MESSAGE_KINDS, type MessageKind, type OutgoingMessage } from './outbox.js';
import type { RemovalRecord, SegmentRecord } from './record.js';
import type { Place } from './segment.js';

/** A message on its way to the disk. */
export interface GroupMessage<Origin> {
  /** What the caller wants to have back with it. */
  readonly origin: Origin;
  readonly kind: MessageKind;
  readonly number: number;
  /** 0 for what is no event. */
  readonly sequence: number;
  readonly time: Entry['time'];
  readonly message: OutgoingMessage;
}

/** A message that is on disk. */
export interface KeptMessage<Origin> extends GroupMessage<Origin> {
  readonly place: Place;
}

interface Removals {
  readonly settled: number[];
  readonly dropped: number[];
}

/** The part of one log in the group. */
interface Share<Origin> {
  readonly unwritten: GroupMessage<Origin>[];
  /** Written, but not on disk for sure. */
  readonly written: KeptMessage<Origin>[];
  /** What is not yet written of messages that are no longer wanted, and what is written but may be lost. */
  removals: Removals;
  doubtful: Removals;
  /** Size of the segment before what has to come to the disk with the next fsync; undefined if nothing has. */
  start: number | undefined;
}

/** Writes messages in groups that share one fsync. A group comes to the disk as a whole or is given up. */
export class GroupCommit<Origin> {
  readonly #store: KeptStore;
  readonly #segmentBytes: Readonly<Record<MessageKind, number>>;
  readonly #shares: Readonly<Record<MessageKind, Share<Origin>>> = {
    health: emptyShare(),
    reply: emptyShare(),
    event: emptyShare(),
  };
  #events = 0;

  /** @param segmentBytes a segment that has reached this size grows no more */
  constructor(store: KeptStore, segmentBytes: Readonly<Record<MessageKind, number>>) {
    this.#store = store;
    this.#segmentBytes = segmentBytes;
  }

  /** Events that are not on disk for sure, whose numbers the store does not count yet. */
  get events(): number {
    return this.#events;
  }

  /** Messages that are written, but not on disk for sure. */
  get written(): readonly GroupMessage<Origin>[] {
    return MESSAGE_KINDS.flatMap((kind) => this.#shares[kind].written);
  }

  /** Whether something written waits for its fsync. */
  get isOpen(): boolean {
    return MESSAGE_KINDS.some((kind) => this.#shares[kind].start !== undefined);
  }

  add(message: GroupMessage<Origin>): void {
    this.#shares[message.kind].unwritten.push(message);
    if (message.sequence > 0) this.#events += 1;
  }

  /** Takes note that a message on disk is no longer wanted. */
  forget(type: RemovalRecord['type'], kind: MessageKind, number: number): void {
    this.#shares[kind].removals[type].push(number);
  }

  /** Writes all that is not written yet. @throws the system's error; then `giveUp` has to be called */
  async write(): Promise<void> {
    for (const kind of MESSAGE_KINDS) await this.#writeShare(kind);
  }

  /** Brings the group to the disk. @throws the system's error; then `giveUp` has to be called */
  async sync(): Promise<KeptMessage<Origin>[]> {
    for (const kind of MESSAGE_KINDS) {
      if (this.#shares[kind].start !== undefined) await this.#store.logs[kind].sync();
    }
    const kept = MESSAGE_KINDS.flatMap((kind) => {
      const share = this.#shares[kind];
      share.start = undefined;
      share.doubtful = noRemovals();
      return share.written.splice(0);
    });
    const events = kept.filter(({ sequence }) => sequence > 0).length;
    this.#store.nextSequence += events;
    this.#events -= events;
    return kept.sort((a, b) => a.number - b.number);
  }

  /**
   * Takes the whole group back from the disk, to be written again in new segments: after a failed fsync nobody
   * knows what of it is there.
   *
   * @returns the errors of files that could not be cut
   */
  async giveUp(): Promise<unknown[]> {
    const errors: unknown[] = [];
    for (const kind of MESSAGE_KINDS) {
      const share = this.#shares[kind];
      const log = this.#store.logs[kind];
      const size = share.start ?? log.growing?.size;
      share.start = undefined;
      share.unwritten.unshift(...share.written.splice(0));
      share.removals = joined(share.doubtful, share.removals);
      share.doubtful = noRemovals();
      if (size === undefined) continue;
      await log.giveUp(size).catch((error: unknown) => errors.push(error));
    }
    return errors;
  }

  /** Takes the messages out that could not be written. */
  takeBack(): GroupMessage<Origin>[] {
    this.#events = 0;
    return MESSAGE_KINDS.flatMap((kind) => this.#shares[kind].unwritten.splice(0)).sort(
      (a, b) => a.number - b.number,
    );
  }

  async #writeShare(kind: MessageKind): Promise<void> {
    const share = this.#shares[kind];
    const { removals, unwritten } = share;
    const { settled, dropped } = removals;
    if (unwritten.length === 0 && settled.length === 0 && dropped.length === 0) return;
    const log = this.#store.logs[kind];
    const { growing } = log;
    // A group does not cross from one segment to the next: the head there would vouch for what may be lost.
    if (growing === undefined || (growing.size >= this.#segmentBytes[kind] && share.start === undefined)) {
      await log.start(this.#store.head);
    }
    const start = log.growing?.size;
    const records: SegmentRecord[] = unwritten.map(toRecord);
    if (settled.length > 0) records.push({ type: 'settled', numbers: settled });
    if (dropped.length > 0) records.push({ type: 'dropped', numbers: dropped });
    share.removals = noRemovals();
    share.doubtful = joined(share.doubtful, removals);
    if (unwritten.length > 0 || dropped.length > 0) share.start ??= start;
    const places = await log.append(records);
    share.written.push(...unwritten.map((message, index) => ({ ...message, place: places[index] })));
    unwritten.splice(0);
    if (share.start === undefined) share.doubtful = noRemovals();
  }
}

function noRemovals(): Removals {
  return { settled: [], dropped: [] };
}

function joined(a: Removals, b: Removals): Removals {
  return { settled: [...a.settled, ...b.settled], dropped: [...a.dropped, ...b.dropped] };
}

function emptyShare<Origin>(): Share<Origin> {
  return {
    unwritten: [],
    written: [],
    removals: noRemovals(),
    doubtful: noRemovals(),
    start: undefined,
  };
}

function toRecord({ number, sequence, time, message }: GroupMessage<unknown>): SegmentRecord {
  const { topic, payload, retain } = message;
  return { type: 'message', number, sequence, time, retain: retain === true, topic, payload };
}
