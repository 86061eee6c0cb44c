import { expected, UnavailableError } from '@oneface/common/errors/errors';
import { systemDisk } from './disk.js';
import {
  type DurableOutboxDeps,
  type DurableOutboxOptions,
  type OutboxPlan,
  planOutbox,
} from './durable-outbox-options.js';
import { lockFolder } from './folder-lock.js';
import type { GroupMessage, KeptMessage } from './group-commit.js';
import { KeptSide } from './kept-side.js';
import { FolderTakenError, KeptStore, type StoreParts } from './kept-store.js';
import { drawLogId } from './log-id.js';
import { MessageAge } from './message-age.js';
import type { Entry } from './message-queue.js';
import {
  type LogPosition,
  MESSAGE_KINDS,
  type MessageKind,
  type Outbox,
  type OutboxState,
  type OutgoingMessage,
  type QueuedMessage,
} from './outbox.js';
import { coverMessage } from './segment.js';
import { guardDisk } from './stall-guard.js';
import { WaitingMessages } from './waiting-messages.js';

/** A call to the disk that takes longer counts as failed. A worn card may need seconds to tidy itself up. */
const DISK_DEADLINE = 30_000;
/** From one look at the messages' ages to the next. */
const SWEEP_PAUSE = 30_000;
/** Pauses between tries of a disk that does not work: each twice the one before. */
const FIRST_RETRY = 5000;
const LONGEST_RETRY = 60_000;
const SHORTEST_NAP = 1000;

/** A message that somebody waits to see kept. */
interface Add extends Pick<Entry, 'kind' | 'time' | 'addedAt'> {
  readonly build: (position: LogPosition) => OutgoingMessage;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** A new message, or one that waits in memory and has to come to the disk. */
type Origin = Add | Entry;

/**
 * Opens an outbox that keeps its messages in a folder, over restarts and loss of power.
 *
 * While the disk does not work it goes on in memory, with another log id, and tries the disk again from time
 * to time. Then it goes on with the kept log, and brings to the disk what still waits in memory.
 *
 * @throws InputError when an option is out of range; UnavailableError when another process has the folder
 */
export async function openDurableOutbox(
  options: DurableOutboxOptions,
  deps: DurableOutboxDeps,
): Promise<Outbox> {
  const outbox = new DurableOutbox(planOutbox(options), deps);
  await outbox.open();
  return outbox;
}

class DurableOutbox implements Outbox {
  readonly #plan: OutboxPlan;
  readonly #deps: DurableOutboxDeps;
  readonly #parts: StoreParts;
  readonly #age: MessageAge;
  readonly #waiting = new WaitingMessages();
  readonly #memoryLogId: string;
  readonly #stop = new AbortController();
  /** Undefined until the folder could be read. */
  #side: KeptSide<Origin> | undefined;
  #kept = false;
  #memorySequence = 0;
  #nextNumber = 1;
  #adds: Add[] = [];
  /** Messages in memory that have to come to the disk. */
  #leftovers: Entry[] = [];
  #listener: () => void = () => {};
  #pumping: Promise<void> | undefined;
  readonly #due = { work: false, recovery: false, sweep: false };
  #syncAt = Number.NEGATIVE_INFINITY;
  #syncWaits = false;
  #retryPause = FIRST_RETRY;
  #retryAt = 0;
  #nap = new AbortController();
  #keeper: Promise<void> | undefined;
  #closing = false;

  constructor(plan: OutboxPlan, deps: DurableOutboxDeps) {
    const { disk = systemDisk, lockFolder: lock = lockFolder, randomBytes, log, sleep, clock } = deps;
    this.#plan = plan;
    this.#deps = deps;
    this.#parts = {
      folder: plan.folder,
      disk: guardDisk(disk, sleep, DISK_DEADLINE),
      lockFolder: lock,
      randomBytes,
      log,
    };
    this.#age = new MessageAge(clock, deps.trustedNow);
    this.#memoryLogId = drawLogId(randomBytes);
  }

  async open(): Promise<void> {
    try {
      await this.#openFolder();
      await this.#begin();
    } catch (error) {
      if (error instanceof FolderTakenError) throw error;
      this.#retryLater();
      this.#deps.log.error('outbox cannot keep messages on disk, going on in memory', { error });
    }
    this.#keeper = this.#keepUp();
    this.#pump();
  }

  get state(): OutboxState {
    const waiting = this.#waiting;
    const oldest = waiting.oldest();
    return {
      kept: this.#kept,
      messages: waiting.count + this.#adds.length + (this.#side?.pending.length ?? 0),
      bytes: waiting.payloadBytes,
      oldestAge: oldest === undefined ? 0 : this.#age.of(oldest),
      dropped: { ...waiting.dropped },
    };
  }

  async add(kind: Exclude<MessageKind, 'event'>, message: OutgoingMessage): Promise<void> {
    await this.#add(kind, () => message);
  }

  async addEvent(build: (position: LogPosition) => OutgoingMessage): Promise<void> {
    await this.#add('event', build);
  }

  take(): QueuedMessage | undefined {
    const message = this.#waiting.take();
    if (this.#waiting.nextToLoad() !== undefined) this.#pump();
    return message;
  }

  settle(message: QueuedMessage): void {
    const entry = this.#waiting.settle(message);
    if (entry?.place === undefined) return;
    this.#side?.forget('settled', entry.kind, entry.number);
    this.#pump();
  }

  release(): void {
    this.#waiting.release();
  }

  onReady(listener: () => void): void {
    this.#listener = listener;
  }

  async close(): Promise<void> {
    this.#closing = true;
    this.#stop.abort();
    await this.#keeper;
    this.#due.recovery = !this.#kept && this.#waiting.memoryCount > 0;
    this.#pump();
    while (this.#pumping !== undefined) await this.#pumping;
    const { memoryCount } = this.#waiting;
    if (memoryCount > 0) this.#deps.log.error('messages in memory are lost', { messages: memoryCount });
    await this.#side?.store.close();
  }

  #add(kind: MessageKind, build: Add['build']): Promise<void> {
    if (this.#closing) throw new UnavailableError('The outbox is closed');
    return new Promise((resolve, reject) => {
      this.#adds.push({ kind, build, ...this.#age.stamp(), resolve, reject });
      this.#pump();
    });
  }

  /** All work on disk is done here, one thing after the other. */
  #pump(): void {
    this.#due.work = true;
    this.#pumping ??= this.#work().finally(() => {
      this.#pumping = undefined;
    });
  }

  async #work(): Promise<void> {
    // What is added in the same turn comes into the same group.
    await Promise.resolve();
    while (this.#due.work) {
      this.#due.work = false;
      if (this.#due.recovery) await this.#recover();
      if (this.#due.sweep) this.#sweep();
      if (this.#side !== undefined && this.#kept) await this.#keep(this.#side);
      if (!this.#kept) this.#remember();
      await this.#prefetch();
    }
  }

  async #keep(side: KeptSide<Origin>): Promise<void> {
    this.#compose(side);
    const now = this.#deps.clock.monotonic();
    const sync = this.#closing || now >= this.#syncAt;
    try {
      const kept = await side.commit(sync);
      if (sync) this.#syncAt = now + this.#plan.syncMilliseconds;
      else this.#syncLater(side, this.#syncAt - now);
      this.#arrive(side, kept);
      await side.reclaim();
    } catch (error) {
      await this.#lose(side, error);
    }
  }

  /** Numbers what waits to be written, as far as one group goes. */
  #compose(side: KeptSide<Origin>): void {
    const most = this.#plan.bounds.segmentBytes.event;
    for (let bytes = 0; bytes < most; ) {
      const origin = this.#leftovers.shift() ?? this.#adds.shift();
      if (origin === undefined) return;
      const isNew = 'build' in origin;
      const sequence = isNew && origin.kind === 'event' ? side.nextSequence : 0;
      const message = isNew
        ? this.#build(origin, { log: { id: side.store.logId, kept: true }, sequence })
        : origin.message;
      if (message === undefined) continue;
      const { kind, time } = origin;
      side.add({ origin, kind, number: this.#nextNumber, sequence, time, message });
      this.#nextNumber += 1;
      side.store.nextNumber = this.#nextNumber;
      bytes += Buffer.byteLength(message.payload);
    }
    this.#due.work = true;
  }

  /** Messages are on disk and can be taken. */
  #arrive(side: KeptSide<Origin>, kept: readonly KeptMessage<Origin>[]): void {
    for (const { origin, kind, number, message, place } of kept) {
      if ('build' in origin) {
        this.#waiting.push(toEntry(origin, number, message, place), message);
        origin.resolve();
      } else if (!this.#waiting.moveToDisk(origin, place, number)) {
        coverMessage(place.segment, number);
        side.forget('settled', kind, number);
        this.#due.work = true;
      }
    }
    if (this.#plan.syncMilliseconds > 0) {
      for (const { origin } of side.pending) if ('build' in origin) origin.resolve();
    }
    if (kept.length === 0) return;
    this.#retryPause = FIRST_RETRY;
    this.#listener();
  }

  #syncLater(side: KeptSide<Origin>, milliseconds: number): void {
    if (!side.isOpen || this.#syncWaits) return;
    this.#syncWaits = true;
    void this.#deps.sleep(milliseconds, this.#stop.signal).then(() => {
      this.#syncWaits = false;
      this.#pump();
    });
  }

  /** Keeps in memory what waits to be added. */
  #remember(): void {
    const adds = this.#adds.splice(0);
    for (const add of adds) {
      const sequence = add.kind === 'event' ? this.#memorySequence + 1 : 0;
      const message = this.#build(add, { log: { id: this.#memoryLogId, kept: false }, sequence });
      if (message === undefined) continue;
      if (sequence > 0) this.#memorySequence = sequence;
      this.#waiting.push(toEntry(add, this.#nextNumber, message, undefined), message);
      this.#nextNumber += 1;
      add.resolve();
    }
    let messages = 0;
    for (; this.#waiting.memoryBytes > this.#plan.memoryBytes; messages += 1) this.#dropFromMemory();
    if (messages > 0) this.#deps.log.warn('outbox in memory is full, oldest messages dropped', { messages });
    if (adds.length > 0) this.#listener();
  }

  #dropFromMemory(): void {
    const kind = MESSAGE_KINDS.find((candidate) => this.#waiting.inMemory[candidate].count > 0);
    const entry = kind && this.#waiting.inMemory[kind].oldest();
    if (entry !== undefined) this.#waiting.drop(entry);
  }

  #build(add: Add, position: LogPosition): OutgoingMessage | undefined {
    try {
      const message = add.build(position);
      const most = this.#plan.bounds.segmentBytes.event;
      if (message.topic.length + message.payload.length <= most) return message;
      throw expected(`at most ${most} characters`, 'a message', message.payload);
    } catch (error) {
      add.reject(error);
      return undefined;
    }
  }

  /** Drops what is too old. */
  #sweep(): void {
    this.#due.sweep = false;
    for (const kind of MESSAGE_KINDS) {
      for (const queue of [this.#waiting.onDisk[kind], this.#waiting.inMemory[kind]]) {
        let messages = 0;
        for (const entry of queue) {
          if (this.#age.of(entry) <= this.#plan.maxAge) break;
          this.#waiting.drop(entry);
          if (entry.place !== undefined) this.#side?.forget('dropped', kind, entry.number);
          messages += 1;
        }
        if (messages > 0) this.#deps.log.warn('messages too old, dropped', { kind, messages });
      }
    }
  }

  async #prefetch(): Promise<void> {
    const side = this.#side;
    if (side === undefined || !this.#waiting.diskReadable) return;
    try {
      if (await side.prefetch(this.#kept)) this.#listener();
    } catch (error) {
      this.#waiting.diskReadable = false;
      if (this.#kept) await this.#lose(side, error);
      else this.#deps.log.warn('outbox cannot be read', { error });
      this.#listener();
    }
  }

  /** The disk does not work: goes on in memory. */
  async #lose(side: KeptSide<Origin>, error: unknown): Promise<void> {
    this.#kept = false;
    this.#deps.log.error('outbox cannot keep messages on disk, going on in memory', { error });
    const back: readonly GroupMessage<Origin>[] = await side.end();
    this.#adds.unshift(...back.flatMap(({ origin }) => ('build' in origin ? [origin] : [])));
    this.#leftovers = [];
    this.#due.work = true;
    this.#retryLater();
    this.#nap.abort();
  }

  #retryLater(): void {
    this.#retryAt = this.#deps.clock.monotonic() + this.#retryPause;
    this.#retryPause = Math.min(2 * this.#retryPause, LONGEST_RETRY);
  }

  async #keepUp(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      this.#nap = new AbortController();
      const pause = this.#kept ? SWEEP_PAUSE : this.#retryAt - this.#deps.clock.monotonic();
      await this.#deps.sleep(Math.max(pause, SHORTEST_NAP), AbortSignal.any([signal, this.#nap.signal]));
      this.#due.recovery = !this.#kept && this.#deps.clock.monotonic() >= this.#retryAt;
      this.#due.sweep = true;
      this.#pump();
    }
  }

  async #recover(): Promise<void> {
    this.#due.recovery = false;
    try {
      if (this.#side !== undefined && !(await this.#side.store.isSameFolder())) await this.#leaveFolder();
      if (this.#side === undefined) await this.#openFolder();
      await this.#begin();
      this.#leftovers = MESSAGE_KINDS.flatMap((kind) => [...this.#waiting.inMemory[kind]]).sort(
        (a, b) => a.number - b.number,
      );
    } catch (error) {
      this.#retryLater();
      this.#deps.log.warn('outbox still cannot keep messages on disk', { error });
    }
  }

  async #openFolder(): Promise<void> {
    const { bounds } = this.#plan;
    const { store, backlog } = await KeptStore.open(this.#parts, this.#nextNumber);
    this.#side = new KeptSide(store, this.#waiting, bounds, this.#deps.log);
    this.#nextNumber = store.nextNumber;
    for (const { kind, number, payloadBytes, time, place } of backlog) {
      const entry = { kind, number, payloadBytes, time, place, addedAt: undefined };
      this.#waiting.push({ ...entry, message: undefined, underWay: false, gone: false }, undefined);
    }
  }

  async #begin(): Promise<void> {
    await this.#side?.store.begin();
    this.#kept = true;
    this.#waiting.diskReadable = true;
    this.#syncAt = Number.NEGATIVE_INFINITY;
    this.#deps.log.info('outbox keeps messages on disk', { ...this.#side?.store.head });
  }

  /** The folder is not there any longer, and neither are its messages. */
  async #leaveFolder(): Promise<void> {
    const side = this.#side;
    this.#side = undefined;
    let messages = 0;
    for (const kind of MESSAGE_KINDS) {
      for (const entry of this.#waiting.onDisk[kind]) {
        this.#waiting.drop(entry);
        messages += 1;
      }
    }
    this.#deps.log.error('outbox folder is gone, and its messages with it', { messages });
    await side?.store.close();
  }
}

function toEntry(
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
