import type { Logger } from '../logging/logger.js';
import { chooseRun, type Run, readWorthKeeping } from './compaction.js';
import type { KeptStore } from './kept-store.js';
import type { Entry } from './message-queue.js';
import { MESSAGE_KINDS, type MessageKind } from './outbox.js';
import { countMessage, coverMessage, type Segment } from './segment.js';
import type { SegmentLog } from './segment-log.js';
import type { WaitingMessages } from './waiting-messages.js';

/** How much may lie on disk. */
export interface DiskBounds {
  /** Bytes of all segment files. */
  readonly maxBytes: number;
  readonly maxMessages: number;
  /** The size at which a segment grows no more. */
  readonly segmentBytes: Readonly<Record<MessageKind, number>>;
}

/** Gives room on disk back: deletes what is settled, puts what is left together, drops what is too much. */
export class Reclaimer {
  readonly #store: KeptStore;
  readonly #waiting: WaitingMessages;
  readonly #bounds: DiskBounds;
  readonly #log: Logger;
  /** What the logs looked like when they were last tidied up. */
  readonly #seen: Record<MessageKind, string> = { health: '', reply: '', event: '' };

  constructor(store: KeptStore, waiting: WaitingMessages, bounds: DiskBounds, log: Logger) {
    this.#store = store;
    this.#waiting = waiting;
    this.#bounds = bounds;
    this.#log = log;
  }

  /** Keeps to the bounds. To be called after every write. @throws the system's error */
  async reclaim(): Promise<void> {
    for (const kind of MESSAGE_KINDS) {
      const log = this.#store.logs[kind];
      if (!this.#hasChanged(log)) continue;
      await this.#removeUseless(log);
      await this.#compact(kind, this.#bounds.segmentBytes[kind]);
    }
    while (this.#isTooMuch()) {
      if (await this.#compactMost()) continue;
      if (!(await this.#dropOldest())) return;
    }
  }

  /** Frees some room on a full disk, if need be at the cost of health messages but of nothing else. */
  async freeSome(): Promise<void> {
    const before = this.#store.bytes;
    for (const kind of MESSAGE_KINDS) await this.#removeUseless(this.#store.logs[kind]);
    if (this.#store.bytes < before) return;
    const { health } = this.#store.logs;
    if (health.closed.length === 0) await health.seal();
    const oldest = health.closed.at(0);
    if (oldest !== undefined) await this.#dropSegment(health, oldest);
  }

  /** Whether looking at a log again may be worth it: a segment more or less, or some more that is not wanted. */
  #hasChanged(log: SegmentLog): boolean {
    const { segments } = log;
    const liveBytes = segments.reduce((sum, segment) => sum + segment.liveBytes, 0);
    const deadSteps = Math.floor((8 * (log.bytes - liveBytes)) / this.#bounds.segmentBytes[log.kind]);
    const state = `${segments.length} ${segments.at(0)?.live === 0} ${deadSteps}`;
    const changed = this.#seen[log.kind] !== state;
    this.#seen[log.kind] = state;
    return changed;
  }

  /** Room for what the next group and one compaction may add. */
  #isTooMuch(): boolean {
    const { maxBytes, maxMessages, segmentBytes } = this.#bounds;
    const count = MESSAGE_KINDS.reduce((sum, kind) => sum + this.#waiting.onDisk[kind].count, 0);
    return this.#store.bytes > maxBytes - 3 * segmentBytes.event || count > maxMessages;
  }

  async #removeUseless(log: SegmentLog): Promise<void> {
    await log.removeLitter();
    for (const segment of [...log.closed]) {
      const index = log.closed.indexOf(segment);
      // The last segment of events knows the number of the next one.
      const hasToStay = log.kind === 'event' && index === log.segments.length - 1;
      if (!hasToStay && isUseless(segment, index > 0 ? log.closed[index - 1] : undefined)) {
        await log.remove(segment);
      }
    }
  }

  async #compactMost(): Promise<boolean> {
    for (const kind of MESSAGE_KINDS) {
      if (await this.#compact(kind, this.#bounds.segmentBytes[kind] / 4)) return true;
    }
    return false;
  }

  async #compact(kind: MessageKind, leastGain: number): Promise<boolean> {
    const log = this.#store.logs[kind];
    const run = chooseRun(log.closed, this.#bounds.segmentBytes[kind], leastGain);
    if (run === undefined) return false;
    try {
      await this.#compactRun(log, run);
    } catch (error) {
      // No reason to give the disk up: segments that cannot be read, or a full disk, only stay as they are.
      this.#log.warn('segments of the outbox could not be put together', { kind, error });
      return false;
    }
    await log.removeLitter();
    return true;
  }

  async #compactRun(log: SegmentLog, run: Run): Promise<void> {
    const replaced = log.closed.slice(run.from, run.to + 1);
    const wanted = new Map<number, Entry>();
    for (const entry of this.#waiting.onDisk[log.kind]) {
      if (entry.place !== undefined && replaced.includes(entry.place.segment))
        wanted.set(entry.number, entry);
    }
    const records = await readWorthKeeping(log, run, ({ segment, offset, number }) => {
      const place = wanted.get(number)?.place;
      return place?.segment === segment && place.offset === offset;
    });
    const places = await log.replace(replaced, this.#store.head, records);
    for (const [index, record] of records.entries()) {
      if (record.type !== 'message') continue;
      coverMessage(places[index].segment, record.number);
      const entry = wanted.get(record.number);
      wanted.delete(record.number);
      if (entry === undefined || entry.gone) continue;
      entry.place = places[index];
      countMessage(entry.place, record.number);
    }
    const lost = [...wanted.values()].filter(({ gone }) => !gone);
    for (const entry of lost) this.#waiting.drop(entry);
    if (lost.length > 0) {
      this.#log.error('messages in the outbox are damaged and lost', {
        kind: log.kind,
        messages: lost.length,
      });
    }
  }

  async #dropOldest(): Promise<boolean> {
    for (const kind of MESSAGE_KINDS) {
      const log = this.#store.logs[kind];
      if (log.closed.length === 0 && (log.growing?.live ?? 0) > 0) await log.start(this.#store.head);
      const oldest = log.closed.at(0);
      if (oldest === undefined) continue;
      await this.#dropSegment(log, oldest);
      return true;
    }
    return false;
  }

  /** What can go only goes with its file: in the middle of one, a message frees no room. */
  async #dropSegment(log: SegmentLog, segment: Segment): Promise<void> {
    await log.remove(segment);
    const entries = [...this.#waiting.onDisk[log.kind]].filter(({ place }) => place?.segment === segment);
    for (const entry of entries) this.#waiting.drop(entry);
    if (entries.length === 0) return;
    this.#log.warn('outbox is full, oldest messages dropped', { kind: log.kind, messages: entries.length });
  }
}

/** Whether nothing would be missed if a closed segment were gone. */
function isUseless(segment: Segment, before: Segment | undefined): boolean {
  if (segment.live > 0) return false;
  if (before === undefined) return true;
  // Others before it may hold messages that it tells the end of, or end where its head says.
  return segment.removals === 0 && !before.voidEnd;
}
