import { expected } from '@oneface/common/errors/errors';
import type { Clock } from '../clock/clock.js';
import type { Sleep } from '../clock/sleep.js';
import type { Logger } from '../logging/logger.js';
import { type Disk, errorCode, systemDisk } from './disk.js';
import { type LockFolder, lockFolder } from './folder-lock.js';
import { type Backlog, drawLogId, FolderTakenError, KeptStore, type StoreParts } from './kept-store.js';
import { type Entry, MessageQueue } from './message-queue.js';
import {
  type LogPosition,
  MESSAGE_KINDS,
  type MessageKind,
  type Outbox,
  type OutboxState,
  type OutgoingMessage,
  type QueuedMessage,
} from './outbox.js';
import { readMessage } from './read-message.js';
import { countMessage, type Mark, type Segment } from './segment-log.js';

export interface DurableOutboxOptions {
  readonly folder: string;
  /** Most bytes of its files on disk. */
  readonly maxBytes: number;
  /** Most milliseconds that a message waits. Without it, only the bytes count. */
  readonly maxAge?: number;
  /** Most bytes of payloads kept in memory while the disk does not work. */
  readonly memoryBytes?: number;
}

export interface DurableOutboxDeps {
  readonly clock: Pick<Clock, 'monotonic'>;
  /** Milliseconds since 1970, or undefined while the wall clock is not to be trusted. */
  readonly trustedNow: () => number | undefined;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly sleep: Sleep;
  readonly log: Logger;
  readonly disk?: Disk;
  readonly lockFolder?: LockFolder;
}

const LEAST_BYTES = 256 * 1024;
const LARGEST_SEGMENT = 1024 * 1024;
const MEMORY_BYTES = 8 * 1024 * 1024;
/** Text of the next messages to take that is kept in memory. */
const WINDOW_MESSAGES = 64;
const WINDOW_BYTES = 512 * 1024;
const FIRST_RETRY = 5000;
const LONGEST_RETRY = 60_000;
const SWEEP = 30_000;
/** Reads of a message that fail before it is given up. */
const MOST_FAILURES = 3;

interface Add {
  readonly kind: MessageKind;
  readonly build: (position: LogPosition) => OutgoingMessage;
  readonly addedAt: number;
  readonly time: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

interface Written {
  readonly add: Add;
  readonly message: OutgoingMessage;
  readonly entry: Entry;
  readonly sequence: number;
}

/**
 * Opens an outbox that keeps its messages in a folder, over restarts and loss of power.
 *
 * While the disk does not work it goes on in memory, with another log id, and tries the disk again from time to
 * time.
 *
 * @throws InputError when an option is out of range; UnavailableError when another process has the folder
 */
export async function openDurableOutbox(
  options: DurableOutboxOptions,
  deps: DurableOutboxDeps,
): Promise<Outbox> {
  if (!Number.isInteger(options.maxBytes) || options.maxBytes < LEAST_BYTES) {
    throw expected(`an integer from ${LEAST_BYTES}`, 'the most bytes of the outbox', options.maxBytes);
  }
  const outbox = new DurableOutbox(options, deps);
  await outbox.open();
  return outbox;
}

class DurableOutbox implements Outbox {
  readonly #options: DurableOutboxOptions;
  readonly #deps: DurableOutboxDeps;
  readonly #storeParts: StoreParts;
  readonly #segmentBytes: number;
  readonly #stop = new AbortController();
  #store: KeptStore | undefined;
  #kept = false;
  readonly #onDisk = queues();
  readonly #inMemory = queues();
  readonly #memoryLogId: string;
  #memorySequence = 0;
  #memoryBytes = 0;
  #nextNumber = 1;
  #adds: Add[] = [];
  readonly #settled: Record<MessageKind, number[]> = { health: [], reply: [], event: [] };
  readonly #entries = new WeakMap<QueuedMessage, Entry>();
  readonly #dropped = { health: 0, reply: 0, event: 0 };
  #payloadBytes = 0;
  #loadedCount = 0;
  #loadedBytes = 0;
  #unloaded = 0;
  readonly #openedAt: number;
  #timeOffset: number | undefined;
  #listener: () => void = () => {};
  #pumping: Promise<void> | undefined;
  #again = false;
  #keeper: Promise<void> | undefined;
  #retryAt = 0;
  #retryPause = FIRST_RETRY;
  #closed = false;

  constructor(options: DurableOutboxOptions, deps: DurableOutboxDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#storeParts = {
      folder: options.folder,
      disk: deps.disk ?? systemDisk,
      lockFolder: deps.lockFolder ?? lockFolder,
      randomBytes: deps.randomBytes,
      log: deps.log,
    };
    this.#segmentBytes = Math.min(LARGEST_SEGMENT, Math.floor(options.maxBytes / 16));
    this.#memoryLogId = drawLogId(deps.randomBytes);
    this.#openedAt = deps.clock.monotonic();
  }

  async open(): Promise<void> {
    try {
      await this.#openStore();
    } catch (error) {
      if (error instanceof FolderTakenError) throw error;
      this.#lose(error);
    }
    this.#keeper = this.#keepUp();
    this.#pump();
  }

  get state(): OutboxState {
    const oldest = this.#oldest();
    return {
      kept: this.#kept,
      messages: this.#count(),
      bytes: this.#payloadBytes,
      oldestAge: oldest === undefined ? 0 : this.#age(oldest),
      dropped: { ...this.#dropped },
    };
  }

  add(kind: Exclude<MessageKind, 'event'>, message: OutgoingMessage): Promise<void> {
    return this.#add(kind, () => message);
  }

  addEvent(build: (position: LogPosition) => OutgoingMessage): Promise<void> {
    return this.#add('event', build);
  }

  take(): QueuedMessage | undefined {
    let first: Entry | undefined;
    for (const kind of MESSAGE_KINDS) {
      for (const queue of [this.#onDisk[kind], this.#inMemory[kind]]) {
        const entry = queue.next();
        if (entry !== undefined && (first === undefined || entry.number < first.number)) first = entry;
      }
    }
    if (first === undefined) return undefined;
    if (first.message === undefined) {
      this.#pump();
      return undefined;
    }
    first.underWay = true;
    return first.message;
  }

  settle(message: QueuedMessage): void {
    const entry = this.#entries.get(message);
    if (entry === undefined || entry.gone) return;
    this.#forget(entry);
    if (entry.place === undefined) return;
    this.#settled[entry.kind].push(entry.number);
    this.#pump();
  }

  release(): void {
    for (const kind of MESSAGE_KINDS) {
      this.#onDisk[kind].release();
      this.#inMemory[kind].release();
    }
  }

  onReady(listener: () => void): void {
    this.#listener = listener;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#stop.abort();
    await this.#keeper;
    while (this.#pumping !== undefined) await this.#pumping;
    const lost = MESSAGE_KINDS.reduce((sum, kind) => sum + this.#inMemory[kind].count, 0);
    if (lost > 0) this.#deps.log.error('messages in memory are lost', { messages: lost });
    await this.#store?.close();
  }

  #add(kind: MessageKind, build: Add['build']): Promise<void> {
    if (this.#closed) return Promise.reject(new Error('The outbox is closed'));
    return new Promise((resolve, reject) => {
      const time = this.#deps.trustedNow() ?? 0;
      this.#adds.push({ kind, build, addedAt: this.#deps.clock.monotonic(), time, resolve, reject });
      this.#pump();
    });
  }

  /** Does what there is to do on disk, one thing after the other. */
  #pump(): void {
    this.#again = true;
    this.#pumping ??= this.#work().finally(() => {
      this.#pumping = undefined;
    });
  }

  async #work(): Promise<void> {
    await Promise.resolve();
    while (this.#again) {
      this.#again = false;
      const adds = this.#adds;
      this.#adds = [];
      if (this.#kept) await this.#keep(adds);
      else this.#remember(adds);
      await this.#prefetch();
    }
  }

  async #keep(adds: readonly Add[]): Promise<void> {
    const store = this.#store;
    if (store === undefined) throw new Error('There is no store');
    const firstSequence = store.nextSequence;
    const written = this.#compose(adds, store);
    try {
      await this.#write(written, store);
    } catch (error) {
      try {
        this.#deps.log.warn('outbox could not write, trying a new segment', { error });
        await this.#freeDisk(store, error);
        await this.#write(written, store);
      } catch (second) {
        store.nextSequence = firstSequence;
        this.#lose(second);
        this.#remember(written.map(({ add }) => add));
        return;
      }
    }
    for (const { add, entry, message } of written) {
      this.#push(entry, message);
      add.resolve();
    }
    if (written.length > 0) this.#listener();
    try {
      await this.#reclaim(store);
    } catch (error) {
      this.#lose(error);
    }
  }

  /** Gives each message its number; an event that cannot be built takes none. */
  #compose(adds: readonly Add[], store: KeptStore): Written[] {
    const written: Written[] = [];
    for (const add of adds) {
      const sequence = add.kind === 'event' ? store.nextSequence : 0;
      const message = this.#build(add, { log: { id: store.logId, kept: true }, sequence });
      if (message === undefined) continue;
      if (sequence > 0) store.nextSequence += 1;
      written.push({ add, message, entry: this.#entry(add, message), sequence });
    }
    store.nextNumber = this.#nextNumber;
    return written;
  }

  async #write(written: readonly Written[], store: KeptStore): Promise<void> {
    for (const kind of MESSAGE_KINDS) {
      const log = store.logs[kind];
      const own = written.filter(({ add }) => add.kind === kind);
      const settled = this.#settled[kind];
      if (own.length === 0 && settled.length === 0) continue;
      const growing = log.growing;
      if (growing === undefined || growing.size >= this.#segmentLimit(kind)) await log.start(store.head);
      const mark: Mark | undefined = log.mark;
      try {
        const places = await log.append([
          ...own.map(
            ({ entry, message, sequence }) =>
              ({
                type: 'message',
                number: entry.number,
                sequence,
                time: entry.time,
                retain: message.retain === true,
                topic: message.topic,
                payload: message.payload,
              }) as const,
          ),
          ...(settled.length > 0 ? [{ type: 'settled', numbers: settled } as const] : []),
        ]);
        for (const [index, { entry }] of own.entries()) entry.place = places[index];
        if (own.length > 0) await log.sync();
        for (const { entry } of own) {
          if (entry.place !== undefined) countMessage(entry.place.segment, entry.number, entry.place.length);
        }
        this.#settled[kind] = [];
      } catch (error) {
        for (const { entry } of own) entry.place = undefined;
        await log.giveUp(mark);
        throw error;
      }
    }
  }

  #segmentLimit(kind: MessageKind): number {
    return kind === 'event' ? this.#segmentBytes : this.#segmentBytes / 4;
  }

  /** Deletes what is settled, and drops messages until the rest has room. */
  async #reclaim(store: KeptStore): Promise<void> {
    for (const kind of MESSAGE_KINDS) {
      const log = store.logs[kind];
      for (let first = log.closed.at(0); first !== undefined && first.live === 0; first = log.closed.at(0)) {
        await log.remove(first);
      }
    }
    while (store.bytes > this.#options.maxBytes - 2 * this.#segmentBytes) {
      if (!(await this.#dropSegment(store, MESSAGE_KINDS))) break;
    }
  }

  async #dropSegment(store: KeptStore, kinds: readonly MessageKind[]): Promise<boolean> {
    for (const kind of kinds) {
      const log = store.logs[kind];
      if (log.closed.length === 0 && (log.growing?.live ?? 0) > 0) await log.start(store.head);
      const [first] = log.closed;
      if (first === undefined) continue;
      await log.remove(first);
      this.#dropAllOf(first, kind);
      return true;
    }
    return false;
  }

  #dropAllOf(segment: Segment, kind: MessageKind): void {
    let count = 0;
    for (const entry of this.#onDisk[kind]) {
      if (entry.place?.segment !== segment) break;
      this.#forget(entry);
      count += 1;
    }
    this.#dropped[kind] += count;
    if (count > 0) this.#deps.log.warn('outbox full, oldest messages dropped', { kind, messages: count });
  }

  async #freeDisk(store: KeptStore, error: unknown): Promise<void> {
    if (errorCode(error) !== 'ENOSPC') return;
    await this.#reclaim(store);
    while (await this.#dropSegment(store, ['health']));
  }

  /** Keeps messages in memory. */
  #remember(adds: readonly Add[]): void {
    for (const add of adds) {
      const sequence = add.kind === 'event' ? this.#memorySequence + 1 : 0;
      const message = this.#build(add, { log: { id: this.#memoryLogId, kept: false }, sequence });
      if (message === undefined) continue;
      if (sequence > 0) this.#memorySequence = sequence;
      this.#push(this.#entry(add, message), message);
      add.resolve();
    }
    const most = this.#options.memoryBytes ?? MEMORY_BYTES;
    while (this.#memoryBytes > most) {
      const kind = MESSAGE_KINDS.find((candidate) => this.#inMemory[candidate].count > 0);
      const entry = kind && this.#inMemory[kind].oldest();
      if (kind === undefined || entry === undefined) break;
      this.#forget(entry);
      this.#dropped[kind] += 1;
    }
    if (adds.length > 0) this.#listener();
  }

  #build(add: Add, position: LogPosition): OutgoingMessage | undefined {
    try {
      return add.build(position);
    } catch (error) {
      add.reject(error);
      return undefined;
    }
  }

  #entry({ kind, time, addedAt }: Add, message: OutgoingMessage): Entry {
    const number = this.#nextNumber;
    this.#nextNumber += 1;
    return {
      number,
      kind,
      payloadBytes: Buffer.byteLength(message.payload),
      time,
      addedAt,
      place: undefined,
      message: undefined,
      underWay: false,
      gone: false,
      failures: 0,
    };
  }

  #push(entry: Entry, message: OutgoingMessage): void {
    this.#payloadBytes += entry.payloadBytes;
    if (entry.place === undefined) {
      this.#inMemory[entry.kind].push(entry);
      this.#memoryBytes += entry.payloadBytes;
      this.#hold(entry, message);
      return;
    }
    this.#onDisk[entry.kind].push(entry);
    if (this.#unloaded === 0 && this.#hasRoom()) this.#load(entry, message);
    else this.#unloaded += 1;
  }

  #hasRoom(): boolean {
    return this.#loadedCount < WINDOW_MESSAGES && this.#loadedBytes < WINDOW_BYTES;
  }

  #load(entry: Entry, message: OutgoingMessage): void {
    this.#loadedCount += 1;
    this.#loadedBytes += entry.payloadBytes;
    this.#hold(entry, message);
  }

  #hold(entry: Entry, { topic, payload, retain }: OutgoingMessage): void {
    entry.message = {
      topic,
      payload,
      ...(retain && { retain }),
      kind: entry.kind,
      addedAt: entry.addedAt,
    };
    this.#entries.set(entry.message, entry);
  }

  #forget(entry: Entry): void {
    this.#payloadBytes -= entry.payloadBytes;
    if (entry.place === undefined) {
      this.#memoryBytes -= entry.payloadBytes;
      this.#inMemory[entry.kind].remove(entry);
      return;
    }
    const { segment, length } = entry.place;
    segment.live -= 1;
    segment.liveBytes -= length;
    if (entry.message === undefined) this.#unloaded -= 1;
    else {
      this.#loadedCount -= 1;
      this.#loadedBytes -= entry.payloadBytes;
    }
    this.#onDisk[entry.kind].remove(entry);
  }

  /** Reads the text of the next messages. */
  async #prefetch(): Promise<void> {
    const store = this.#store;
    if (store === undefined || this.#unloaded === 0) return;
    const heads = MESSAGE_KINDS.map((kind) => this.#onDisk[kind].waiting());
    const nexts = heads.map((head) => head.next());
    let loaded = false;
    while (this.#hasRoom() && this.#unloaded > 0) {
      let best = -1;
      for (const [index, next] of nexts.entries()) {
        if (next.done) continue;
        const other = nexts[best];
        if (best < 0 || other.done || next.value.number < other.value.number) best = index;
      }
      const next = nexts[best];
      if (next === undefined || next.done) break;
      const entry = next.value;
      nexts[best] = heads[best].next();
      if (entry.message !== undefined || entry.place === undefined || entry.gone) continue;
      try {
        const message = await readMessage(store.logs[entry.kind], entry.place);
        if (entry.gone) continue;
        if (message === undefined) this.#giveUp(entry, 'damaged');
        else {
          this.#unloaded -= 1;
          this.#load(entry, message);
          loaded = true;
        }
      } catch (error) {
        entry.failures += 1;
        this.#deps.log.warn('message in the outbox could not be read', { error });
        if (entry.failures >= MOST_FAILURES) this.#giveUp(entry, 'unreadable');
        else break;
      }
    }
    if (loaded) this.#listener();
  }

  #giveUp(entry: Entry, why: string): void {
    this.#forget(entry);
    this.#dropped[entry.kind] += 1;
    this.#settled[entry.kind].push(entry.number);
    this.#deps.log.error('message in the outbox is lost', { kind: entry.kind, why });
  }

  #count(): number {
    return MESSAGE_KINDS.reduce(
      (sum, kind) => sum + this.#onDisk[kind].count + this.#inMemory[kind].count,
      0,
    );
  }

  #oldest(): Entry | undefined {
    let first: Entry | undefined;
    for (const kind of MESSAGE_KINDS) {
      for (const queue of [this.#onDisk[kind], this.#inMemory[kind]]) {
        const entry = queue.oldest();
        if (entry !== undefined && (first === undefined || entry.number < first.number)) first = entry;
      }
    }
    return first;
  }

  /** Milliseconds that a message has waited, as far as a trusted clock tells. */
  #age({ addedAt, time }: Entry): number {
    const now = this.#deps.clock.monotonic();
    if (addedAt !== undefined) return now - addedAt;
    const trusted = this.#deps.trustedNow();
    // Read once: a jump of the wall clock later on makes no message older.
    if (this.#timeOffset === undefined && trusted !== undefined) this.#timeOffset = trusted - now;
    const sinceOpened = now - this.#openedAt;
    if (this.#timeOffset === undefined || time === 0) return sinceOpened;
    return Math.max(sinceOpened, now + this.#timeOffset - time);
  }

  async #openStore(): Promise<void> {
    const { store, backlog } = await KeptStore.open(this.#storeParts, this.#nextNumber);
    this.#store = store;
    this.#nextNumber = store.nextNumber;
    this.#adopt(backlog);
    this.#kept = true;
    this.#retryPause = FIRST_RETRY;
    this.#deps.log.info('outbox opened', { folder: this.#options.folder, messages: backlog.length });
  }

  #adopt(backlog: Backlog): void {
    for (const { kind, number, payloadBytes, time, place } of backlog) {
      this.#onDisk[kind].push({
        number,
        kind,
        payloadBytes,
        time,
        addedAt: undefined,
        place,
        message: undefined,
        underWay: false,
        gone: false,
        failures: 0,
      });
      this.#payloadBytes += payloadBytes;
      this.#unloaded += 1;
    }
  }

  /** The disk does not work: goes on in memory. */
  #lose(error: unknown): void {
    this.#kept = false;
    this.#retryAt = this.#deps.clock.monotonic() + this.#retryPause;
    this.#deps.log.error('outbox cannot keep messages on disk and goes on in memory', { error });
  }

  async #keepUp(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await this.#deps.sleep(this.#kept ? SWEEP : this.#retryPause, signal);
      if (signal.aborted) return;
      if (!this.#kept && this.#deps.clock.monotonic() >= this.#retryAt) await this.#recover();
      this.#pump();
    }
  }

  async #recover(): Promise<void> {
    while (this.#pumping !== undefined) await this.#pumping;
    try {
      if (this.#store !== undefined) {
        await this.#store.startSegments();
        this.#kept = true;
        this.#retryPause = FIRST_RETRY;
        this.#deps.log.info('outbox keeps messages on disk again', { logId: this.#store.logId });
      } else await this.#openStore();
    } catch (error) {
      this.#retryPause = Math.min(2 * this.#retryPause, LONGEST_RETRY);
      this.#lose(error);
    }
  }
}

function queues(): Record<MessageKind, MessageQueue> {
  return { health: new MessageQueue(), reply: new MessageQueue(), event: new MessageQueue() };
}
