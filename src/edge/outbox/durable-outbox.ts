import { UnavailableError } from '@oneface/common/errors/errors';
import type { Add } from './adds.js';
import { systemDisk } from './disk.js';
import {
  type DurableOutboxDeps,
  type DurableOutboxOptions,
  type OutboxPlan,
  planOutbox,
} from './durable-outbox-options.js';
import { lockFolder } from './folder-lock.js';
import { KeptSide } from './kept-side.js';
import { type Backlog, FolderTakenError, KeptStore, type StoreParts } from './kept-store.js';
import { drawLogId } from './log-id.js';
import { MemorySide } from './memory-side.js';
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
import { RetrySchedule } from './retry-schedule.js';
import { guardDisk } from './stall-guard.js';
import { WaitingMessages } from './waiting-messages.js';

/** A call to the disk that takes longer counts as failed. A worn card may need seconds to tidy itself up. */
const DISK_DEADLINE = 20_000;
/** From one look at the messages' ages to the next. */
const SWEEP_PAUSE = 30_000;
/** Pauses between tries of a disk that does not work. */
const FIRST_RETRY = 5000;
const LONGEST_RETRY = 60_000;
const SHORTEST_NAP = 1000;

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
  readonly #storeParts: StoreParts;
  readonly #age: MessageAge;
  readonly #retry: RetrySchedule;
  readonly #waiting = new WaitingMessages();
  readonly #numbers = { next: 1 };
  readonly #memory: MemorySide;
  /** Undefined until the folder could be read. */
  #side: KeptSide | undefined;
  #kept = false;
  #adds: Add[] = [];
  /** Messages in memory that have to come to the disk. */
  #leftovers: Entry[] = [];
  #listener: () => void = () => {};
  readonly #due = { work: false, recovery: false, sweep: false };
  #working: Promise<void> | undefined;
  #syncAt = Number.NEGATIVE_INFINITY;
  #syncWaits = false;
  readonly #closing = new AbortController();
  readonly #closed = new AbortController();
  #nap = new AbortController();
  #napping: Promise<void> | undefined;

  constructor(plan: OutboxPlan, deps: DurableOutboxDeps) {
    const { disk = systemDisk, lockFolder: lock = lockFolder, randomBytes, log, sleep, clock } = deps;
    const { folder, bounds, memoryBytes: mostBytes } = plan;
    this.#plan = plan;
    this.#deps = deps;
    this.#storeParts = {
      folder,
      disk: guardDisk(disk, sleep, DISK_DEADLINE, this.#closed.signal),
      lockFolder: lock,
      randomBytes,
      log,
    };
    this.#age = new MessageAge(clock, deps.trustedNow);
    this.#retry = new RetrySchedule(clock, FIRST_RETRY, LONGEST_RETRY);
    this.#memory = new MemorySide({
      logId: drawLogId(randomBytes),
      numbers: this.#numbers,
      waiting: this.#waiting,
      mostBytes,
      mostMessageBytes: bounds.segmentBytes.event,
      log,
    });
  }

  async open(): Promise<void> {
    try {
      await this.#openFolder();
      await this.#begin();
    } catch (error) {
      if (error instanceof FolderTakenError) throw error;
      this.#retry.failed();
      this.#deps.log.error('outbox cannot keep messages on disk, going on in memory', { error });
    }
    this.#napping = this.#napAndLook();
    this.#work();
  }

  get state(): OutboxState {
    const oldest = this.#waiting.oldest();
    return {
      kept: this.#kept,
      messages: this.#waiting.count + this.#adds.length + (this.#side?.pending ?? 0),
      bytes: this.#waiting.payloadBytes,
      oldestAge: oldest === undefined ? 0 : this.#age.of(oldest),
      dropped: { ...this.#waiting.dropped },
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
    if (this.#waiting.nextToLoad() !== undefined) this.#work();
    return message;
  }

  settle(message: QueuedMessage): void {
    const entry = this.#waiting.settle(message);
    if (entry?.place === undefined) return;
    this.#side?.forget('settled', entry.kind, entry.number);
    this.#work();
  }

  release(): void {
    this.#waiting.release();
  }

  onReady(listener: () => void): void {
    this.#listener = listener;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#napping;
    this.#due.recovery = !this.#kept && this.#waiting.memoryCount > 0;
    this.#work();
    while (this.#working !== undefined) await this.#working;
    const { memoryCount } = this.#waiting;
    if (memoryCount > 0) this.#deps.log.error('messages in memory are lost', { messages: memoryCount });
    await this.#side?.store.close();
    this.#closed.abort();
  }

  #add(kind: MessageKind, build: Add['build']): Promise<void> {
    if (this.#closing.signal.aborted) throw new UnavailableError('The outbox is closed');
    return new Promise((resolve, reject) => {
      this.#adds.push({ kind, build, ...this.#age.stamp(), resolve, reject });
      this.#work();
    });
  }

  /** Sees to it that there is work done, one thing after the other: nothing else touches the disk. */
  #work(): void {
    this.#due.work = true;
    this.#working ??= this.#doWork().finally(() => {
      this.#working = undefined;
    });
  }

  async #doWork(): Promise<void> {
    // What is added in the same turn comes into the same group.
    await Promise.resolve();
    while (this.#due.work) {
      this.#due.work = false;
      if (this.#due.recovery) await this.#recover();
      if (this.#due.sweep) this.#sweep();
      if (this.#side !== undefined && this.#kept) await this.#keepOnDisk(this.#side);
      if (!this.#kept) this.#keepInMemory();
      await this.#readAhead();
    }
  }

  async #keepOnDisk(side: KeptSide): Promise<void> {
    const { syncMilliseconds, bounds } = this.#plan;
    for (let bytes = 0; bytes < bounds.segmentBytes.event; ) {
      const origin = this.#leftovers.shift() ?? this.#adds.shift();
      if (origin === undefined) break;
      bytes += side.add(origin);
    }
    this.#due.work ||= this.#adds.length + this.#leftovers.length > 0;
    const now = this.#deps.clock.monotonic();
    const isDue = this.#closing.signal.aborted || now >= this.#syncAt;
    try {
      const count = await side.commit(isDue);
      if (!isDue) this.#syncLater(side, this.#syncAt - now);
      else if (count > 0) this.#syncAt = now + syncMilliseconds;
      side.resolveWritten();
      if (count > 0) {
        this.#retry.worked();
        this.#listener();
      }
      await side.reclaim();
    } catch (error) {
      await this.#leaveDisk(side, error);
    }
  }

  #syncLater(side: KeptSide, milliseconds: number): void {
    if (!side.isOpen || this.#syncWaits) return;
    this.#syncWaits = true;
    void this.#deps.sleep(milliseconds, this.#closing.signal).then(() => {
      this.#syncWaits = false;
      this.#work();
    });
  }

  #keepInMemory(): void {
    const adds = this.#adds.splice(0);
    if (adds.length === 0) return;
    this.#memory.keep(adds);
    this.#listener();
  }

  async #readAhead(): Promise<void> {
    const side = this.#side;
    if (side === undefined || !this.#waiting.diskReadable) return;
    try {
      if (await side.prefetch(this.#kept)) this.#listener();
    } catch (error) {
      this.#waiting.diskReadable = false;
      if (this.#kept) await this.#leaveDisk(side, error);
      else this.#deps.log.warn('outbox cannot be read', { error });
      this.#listener();
    }
  }

  /** Drops what is too old. */
  #sweep(): void {
    this.#due.sweep = false;
    for (const kind of MESSAGE_KINDS) {
      let messages = 0;
      for (const queue of [this.#waiting.onDisk[kind], this.#waiting.inMemory[kind]]) {
        for (const entry of queue) {
          if (this.#age.of(entry) <= this.#plan.maxAge) continue;
          this.#waiting.drop(entry);
          if (entry.place !== undefined) this.#side?.forget('dropped', kind, entry.number);
          messages += 1;
        }
      }
      if (messages > 0)
        this.#deps.log.warn('messages in the outbox are too old, dropped', { kind, messages });
    }
  }

  /** Looks from time to time for what has become too old, and for a disk that works again. */
  async #napAndLook(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      this.#nap = new AbortController();
      const pause = this.#kept ? SWEEP_PAUSE : Math.max(this.#retry.remaining, SHORTEST_NAP);
      await this.#deps.sleep(pause, AbortSignal.any([signal, this.#nap.signal]));
      this.#due.recovery = !this.#kept && this.#retry.remaining === 0;
      this.#due.sweep = true;
      this.#work();
    }
  }

  /** The disk does not work: goes on in memory. */
  async #leaveDisk(side: KeptSide, error: unknown): Promise<void> {
    this.#kept = false;
    this.#retry.failed();
    this.#deps.log.error('outbox cannot keep messages on disk, going on in memory', { error });
    this.#adds.unshift(...(await side.end()));
    this.#leftovers = [];
    this.#due.work = true;
    this.#nap.abort();
  }

  async #recover(): Promise<void> {
    this.#due.recovery = false;
    try {
      if (this.#side !== undefined && !(await this.#side.store.isSameFolder())) await this.#leaveFolder();
      if (this.#side === undefined) await this.#openFolder();
      await this.#begin();
      this.#leftovers = this.#memory.messages;
    } catch (error) {
      this.#retry.failed();
      this.#deps.log.warn('outbox still cannot keep messages on disk', { error });
    }
  }

  async #openFolder(): Promise<void> {
    const { store, backlog } = await KeptStore.open(this.#storeParts, this.#numbers.next);
    const { bounds } = this.#plan;
    this.#numbers.next = store.nextNumber;
    const parts = { store, numbers: this.#numbers, waiting: this.#waiting, bounds, log: this.#deps.log };
    this.#side = new KeptSide(parts);
    const times = withTimes(backlog);
    for (const [index, { kind, number, payloadBytes, place }] of backlog.entries()) {
      const entry = { kind, number, payloadBytes, time: times[index], place, addedAt: undefined };
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

/** A message of unknown time was added before the next one: it is at least as old. */
function withTimes(backlog: Backlog): number[] {
  let time = 0;
  return backlog
    .map((message) => message.time)
    .reverse()
    .map((own) => {
      if (own !== 0) time = own;
      return time;
    })
    .reverse();
}
