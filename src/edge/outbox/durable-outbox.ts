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
import { KeptFolder } from './kept-folder.js';
import type { KeptSide } from './kept-side.js';
import { FolderTakenError } from './kept-store.js';
import { drawLogId } from './log-id.js';
import { Lookout } from './lookout.js';
import { MemorySide } from './memory-side.js';
import { MessageAge } from './message-age.js';
import type { Entry } from './message-queue.js';
import type {
  LogPosition,
  MessageKind,
  Outbox,
  OutboxState,
  OutgoingMessage,
  QueuedMessage,
} from './outbox.js';
import { RetrySchedule } from './retry-schedule.js';
import { guardDisk } from './stall-guard.js';
import { sweep } from './sweep.js';
import { WaitingMessages } from './waiting-messages.js';
import { WorkLoop } from './work-loop.js';

/** A call to the disk that takes longer counts as failed. A worn card may need seconds to tidy itself up. */
const DISK_DEADLINE = 20_000;
/** From one look at the messages' ages to the next. */
const SWEEP_PAUSE = 30_000;
/** Pauses between tries of a disk that does not work. */
const FIRST_RETRY = 5000;
const LONGEST_RETRY = 60_000;
const SHORTEST_PAUSE = 1000;

/**
 * Opens an outbox that keeps its messages in a folder, over restarts and loss of power.
 *
 * While the disk does not work it goes on in memory, with another log id, and tries the disk again from time
 * to time. Then it goes on with the kept log, and brings to the disk what still waits in memory.
 *
 * Two things it cannot tell. When a disk fails between a write and its fsync, does not even let the file be
 * cut, and the process ends before the disk works again, then the few events of that write may come twice:
 * from the log in memory, and after the restart from the kept one. And when the newest file is cut short
 * behind the back of the system, as by an old image of the card, that looks like a write that was cut off.
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
  readonly #age: MessageAge;
  readonly #retry: RetrySchedule;
  readonly #waiting = new WaitingMessages();
  readonly #folder: KeptFolder;
  readonly #memory: MemorySide;
  /** Nothing but this touches the disk. */
  readonly #loop = new WorkLoop(() => this.#work());
  readonly #due = { recovery: false, sweep: false };
  #adds: Add[] = [];
  /** Messages in memory that have to come to the disk. */
  #leftovers: Entry[] = [];
  #listener: () => void = () => {};
  #syncAt = Number.NEGATIVE_INFINITY;
  #syncWaits = false;
  readonly #closing = new AbortController();
  readonly #closed = new AbortController();
  /** Looks for what has become too old, and for a disk that works again. */
  #lookout: Lookout | undefined;
  #close: Promise<void> | undefined;

  constructor(plan: OutboxPlan, deps: DurableOutboxDeps) {
    const { disk = systemDisk, lockFolder: lock = lockFolder, randomBytes, log, sleep, clock } = deps;
    const { folder, bounds, memoryBytes } = plan;
    const numbers = { next: 1 };
    const waiting = this.#waiting;
    this.#plan = plan;
    this.#deps = deps;
    this.#age = new MessageAge(clock, deps.trustedNow);
    this.#retry = new RetrySchedule(clock, FIRST_RETRY, LONGEST_RETRY);
    const guarded = guardDisk(disk, sleep, DISK_DEADLINE, this.#closed.signal);
    const parts = { folder, disk: guarded, lockFolder: lock, randomBytes, bounds, numbers, waiting, log };
    this.#folder = new KeptFolder(parts);
    const logId = drawLogId(randomBytes);
    const mostMessageBytes = bounds.segmentBytes.event;
    this.#memory = new MemorySide({ logId, numbers, waiting, mostBytes: memoryBytes, mostMessageBytes, log });
  }

  async open(): Promise<void> {
    try {
      await this.#folder.takeUp();
    } catch (error) {
      if (error instanceof FolderTakenError) throw error;
      this.#retry.failed();
      this.#deps.log.error('outbox cannot keep messages on disk, going on in memory', { error });
    }
    const works = () => this.#folder.workingSide !== undefined;
    const pause = () => (works() ? SWEEP_PAUSE : Math.max(this.#retry.remaining, SHORTEST_PAUSE));
    this.#lookout = new Lookout(this.#deps.sleep, pause, () => {
      this.#due.recovery = !works() && this.#retry.remaining === 0;
      this.#due.sweep = true;
      this.#loop.request();
    });
    this.#loop.request();
  }

  get state(): OutboxState {
    const oldest = this.#waiting.oldest();
    return {
      kept: this.#folder.workingSide !== undefined,
      messages: this.#waiting.count + this.#adds.length + (this.#folder.side?.pending ?? 0),
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
    if (this.#waiting.nextToLoad() !== undefined) this.#loop.request();
    return message;
  }

  settle(message: QueuedMessage): void {
    const entry = this.#waiting.settle(message);
    if (entry?.place === undefined) return;
    this.#folder.side?.forget('settled', entry.kind, entry.number);
    this.#loop.request();
  }

  release(): void {
    this.#waiting.release();
  }

  onReady(listener: () => void): void {
    this.#listener = listener;
  }

  async close(): Promise<void> {
    this.#close ??= this.#finish();
    await this.#close;
  }

  async #finish(): Promise<void> {
    this.#closing.abort();
    await this.#lookout?.stop();
    this.#due.recovery = this.#folder.workingSide === undefined && this.#waiting.memoryCount > 0;
    this.#loop.request();
    await this.#loop.idle();
    const { memoryCount } = this.#waiting;
    if (memoryCount > 0) this.#deps.log.error('messages in memory are lost', { messages: memoryCount });
    await this.#folder.close();
    this.#closed.abort();
  }

  #add(kind: MessageKind, build: Add['build']): Promise<void> {
    if (this.#closing.signal.aborted) throw new UnavailableError('The outbox is closed');
    return new Promise((resolve, reject) => {
      this.#adds.push({ kind, build, ...this.#age.stamp(), resolve, reject });
      this.#loop.request();
    });
  }

  async #work(): Promise<void> {
    if (this.#due.recovery) await this.#recover();
    if (this.#due.sweep) this.#sweep();
    const side = this.#folder.workingSide;
    if (side !== undefined) await this.#keepOnDisk(side);
    if (this.#folder.workingSide === undefined) this.#keepInMemory();
    await this.#readAhead();
  }

  async #keepOnDisk(side: KeptSide): Promise<void> {
    const { syncMilliseconds, bounds } = this.#plan;
    for (let bytes = 0; bytes < bounds.segmentBytes.event; ) {
      const origin = this.#leftovers.shift() ?? this.#adds.shift();
      if (origin === undefined) break;
      bytes += side.add(origin);
    }
    if (this.#adds.length + this.#leftovers.length > 0) this.#loop.request();
    const now = this.#deps.clock.monotonic();
    const isDue = this.#closing.signal.aborted || now >= this.#syncAt;
    try {
      const count = await side.commit(isDue);
      if (!isDue) this.#syncLater(side, this.#syncAt - now);
      side.resolveWritten();
      if (count > 0) {
        this.#syncAt = now + syncMilliseconds;
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
      this.#loop.request();
    });
  }

  #keepInMemory(): void {
    const adds = this.#adds.splice(0);
    if (adds.length === 0) return;
    this.#memory.keep(adds);
    this.#listener();
  }

  async #readAhead(): Promise<void> {
    const { side, workingSide } = this.#folder;
    if (side === undefined || !this.#waiting.diskReadable) return;
    try {
      if (await side.prefetch(workingSide !== undefined)) this.#listener();
    } catch (error) {
      this.#waiting.diskReadable = false;
      if (workingSide !== undefined) await this.#leaveDisk(side, error);
      else this.#deps.log.warn('outbox cannot be read', { error });
      this.#listener();
    }
  }

  #sweep(): void {
    this.#due.sweep = false;
    const onDropped = ({ place, kind, number }: Entry) => {
      if (place !== undefined) this.#folder.side?.forget('dropped', kind, number);
    };
    sweep(this.#waiting, this.#age, this.#plan.maxAge, onDropped, this.#deps.log);
  }

  /** The disk does not work: goes on in memory. */
  async #leaveDisk(side: KeptSide, error: unknown): Promise<void> {
    this.#folder.putDown();
    this.#retry.failed();
    this.#deps.log.error('outbox cannot keep messages on disk, going on in memory', { error });
    this.#adds.unshift(...(await side.end()));
    this.#leftovers = [];
    this.#loop.request();
    this.#lookout?.wake();
  }

  /** Tries the disk again. */
  async #recover(): Promise<void> {
    this.#due.recovery = false;
    try {
      await this.#folder.takeUp();
      this.#syncAt = Number.NEGATIVE_INFINITY;
      this.#leftovers = this.#memory.messages;
    } catch (error) {
      this.#retry.failed();
      this.#waiting.diskReadable = true;
      this.#deps.log.warn('outbox still cannot keep messages on disk', { error });
    }
  }
}
