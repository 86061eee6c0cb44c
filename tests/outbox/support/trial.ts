import { randomBytes } from 'node:crypto';
import { openDurableOutbox } from '@oneface/edge/outbox/durable-outbox';
import type { SyncPolicy } from '@oneface/edge/outbox/durable-outbox-options';
import type { LogPosition, Outbox, QueuedMessage } from '@oneface/edge/outbox/outbox';
import { SimulatedDisk, type TornEnd } from './simulated-disk.js';
import { idle, TestTime } from './test-time.js';

const MEBIBYTE = 1024 * 1024;
/** Longer than any pause between tries of the disk. */
const LONG = 3 * 60_000;

interface Added {
  /** The place that the outbox gave it last. */
  position: LogPosition | undefined;
  /** Whether the outbox took it. */
  kept: boolean;
  /** Lost with a process or a disk, as the outbox may. */
  excused: boolean;
}

export interface TrialOptions {
  readonly random: () => number;
  readonly sync?: SyncPolicy;
  readonly maxBytes?: number;
  readonly memoryBytes?: number;
  readonly payloadBytes?: number;
  readonly maxAge?: number;
  readonly trustedNow?: () => number | undefined;
}

/** An outbox on a simulated disk, with the book of what went in and what came out over all its lives. */
export class Trial {
  readonly disk: SimulatedDisk;
  readonly time = new TestTime();
  /** What is wrong with what the outbox did. */
  readonly faults: string[] = [];
  readonly logged: string[] = [];
  readonly added = new Map<number, Added>();
  /** Which event the broker has seen under a number, and under which number each event. */
  readonly #byNumber = new Map<string, number>();
  readonly #byEvent = new Map<number, string>();
  /** Under way, oldest first. */
  taken: QueuedMessage[] = [];
  /** Ids of all logs that were kept on disk. */
  readonly keptLogs = new Set<string>();
  readonly repeatedThoughSettled: number[] = [];
  filesAtEnd = 0;
  readonly #settledEvents = new Set<number>();
  /** Dropped in all lives. */
  droppedEvents = 0;
  readonly #options: TrialOptions;
  #outbox: Outbox | undefined;
  #uncut = false;
  /** Events that were in a group whose fate on disk is not known when its process ended. */
  #mayComeTwice = false;
  #lastSequence = new Map<string, number>();

  constructor(options: TrialOptions) {
    this.#options = options;
    this.disk = new SimulatedDisk(options.random);
  }

  get outbox(): Outbox {
    if (this.#outbox === undefined) throw new Error('No outbox is open');
    return this.#outbox;
  }

  async open(): Promise<void> {
    const { sync, maxBytes = MEBIBYTE, memoryBytes, maxAge, trustedNow = () => undefined } = this.#options;
    const log =
      (level: string) =>
      (message: string, fields: Readonly<Record<string, unknown>> = {}) => {
        if (message === 'segment of the outbox could not be cut') this.#uncut = true;
        this.logged.push(
          `${level} ${message} ${JSON.stringify(fields, (_, value) => (value instanceof Error ? value.message : value))}`,
        );
      };
    const opened = openDurableOutbox(
      {
        folder: '/outbox',
        maxBytes,
        ...(sync && { sync }),
        ...(memoryBytes && { memoryBytes }),
        ...(maxAge && { maxAge }),
      },
      {
        clock: this.time,
        trustedNow,
        randomBytes,
        sleep: this.time.sleep,
        log: { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') },
        disk: this.disk.connect(),
        lockFolder: async () => ({ release: async () => {} }),
      },
    );
    void opened.then((outbox) => {
      this.#outbox = outbox;
    });
    await idle();
    await idle();
  }

  get isOpen(): boolean {
    return this.#outbox !== undefined;
  }

  async addEvent(id: number): Promise<void> {
    const added: Added = { position: undefined, kept: false, excused: false };
    this.added.set(id, added);
    const pad = 'x'.repeat(this.#options.payloadBytes ?? 50);
    const done = this.outbox.addEvent((position) => {
      added.position = position;
      return { topic: 'events', payload: JSON.stringify({ id, ...position, pad }) };
    });
    void done.then(() => {
      added.kept = true;
    });
    await idle();
  }

  async addHealth(payloadBytes = 2): Promise<void> {
    void this.outbox.add('health', { topic: 'health', payload: 'h'.repeat(payloadBytes), retain: true });
    await idle();
  }

  async take(): Promise<void> {
    const message = this.outbox.take();
    if (message !== undefined) {
      this.taken.push(message);
      if (message.kind === 'event') this.#see(message.payload);
    }
    await idle();
  }

  /** Takes all there is to take. Gives the ids of the events, and the kinds of the rest. */
  async takeAll(): Promise<(number | string)[]> {
    const ids: (number | string)[] = [];
    for (;;) {
      const before = this.taken.length;
      await this.take();
      if (this.taken.length === before) return ids;
      const { kind, payload } = this.taken[before];
      ids.push(kind === 'event' ? JSON.parse(payload).id : kind);
    }
  }

  async settle(index: number): Promise<void> {
    const [message] = this.taken.splice(index, 1);
    if (message !== undefined) {
      this.outbox.settle(message);
      if (message.kind === 'event') this.#settledEvents.add(JSON.parse(message.payload).id);
    }
    await idle();
  }

  release(): void {
    this.outbox.release();
    this.taken = [];
    this.#lastSequence.clear();
  }

  /** The process ends, unless a call to the disk has ended it already. */
  kill(): void {
    this.disk.kill();
    this.#bury(({ position }) => position?.log.kept === false);
  }

  losePower(tornEnd: TornEnd): void {
    this.disk.losePower(tornEnd);
    const interval = this.#options.sync === 'interval';
    this.#bury(({ position }) => position?.log.kept === false || interval);
  }

  async close(): Promise<void> {
    const outbox = this.outbox;
    let closed = false;
    void outbox.close().then(() => {
      closed = true;
    });
    for (let turns = 0; turns < 20 && !closed; turns += 1) await idle();
    if (!closed && !this.disk.wasKilled) this.faults.push('does not close');
    this.kill();
  }

  /** Mends the disk and waits until the outbox has seen it. */
  async heal(): Promise<void> {
    this.mend();
    await this.time.advance(LONG);
  }

  mend(): void {
    this.disk.capacity = Number.POSITIVE_INFINITY;
    this.disk.readOnly = false;
    this.disk.choose = () => undefined;
  }

  /** Mends the disk, and has all messages taken and settled. */
  async drain(): Promise<void> {
    this.mend();
    if (!this.isOpen) await this.open();
    for (let tries = 0; tries < 10 && !this.outbox.state.kept; tries += 1) await this.time.advance(LONG);
    if (!this.outbox.state.kept) this.faults.push('does not keep messages on a disk that works');
    this.release();
    for (let turns = 0; turns < 1000 && this.outbox.state.messages > 0; turns += 1) {
      await this.take();
      if (this.taken.length === 0) await this.time.advance(1000);
      while (this.taken.length > 0) await this.settle(0);
    }
    if (this.outbox.state.messages > 0)
      this.faults.push(`${this.outbox.state.messages} messages do not come out`);
  }

  /** To be called at the end: counts what was dropped in this life too. */
  finish(): void {
    this.filesAtEnd = this.disk.files().length;
    this.kill();
  }

  /** To be called when all was drained: what the outbox took and nobody got. */
  missing(): Added[] {
    return [...this.added]
      .filter(([id, { kept }]) => kept && !this.#byEvent.has(id))
      .map(([, added]) => added);
  }

  /** Whether every missing event shows as a gap, once one more event was added and drained. */
  judgeGaps(lastId: number): void {
    const last = this.added.get(lastId)?.position;
    if (last === undefined || !this.#byEvent.has(lastId)) {
      this.faults.push('the last event does not come out');
      return;
    }
    for (const { position, excused } of this.missing()) {
      if (position === undefined || excused) continue;
      if (position.log.id === last.log.id && position.sequence >= last.sequence) {
        this.faults.push(`number ${position.sequence} is lost and shows no gap`);
      }
    }
  }

  /** Numbers that were left out in logs that are kept, up to the highest one seen. */
  gaps(): number {
    const highest = new Map<string, number>();
    const seen = new Map<string, number>();
    for (const key of this.#byNumber.keys()) {
      const [log, sequence] = key.split(':');
      highest.set(log, Math.max(highest.get(log) ?? 0, Number(sequence)));
      seen.set(log, (seen.get(log) ?? 0) + 1);
    }
    return [...highest].reduce((sum, [log, most]) => sum + most - (seen.get(log) ?? 0), 0);
  }

  #see(payload: string): void {
    const { id, log, sequence } = JSON.parse(payload) as LogPosition & { id: number };
    const number = `${log.id}:${sequence}`;
    if (log.kept) this.keptLogs.add(log.id);
    if (this.#settledEvents.has(id)) this.repeatedThoughSettled.push(id);
    const other = this.#byNumber.get(number);
    if (other !== undefined && other !== id)
      this.faults.push(`number ${sequence} is given to ${other} and ${id}`);
    this.#byNumber.set(number, id);
    const before = this.#byEvent.get(id);
    if (before !== undefined && before !== number && !this.#mayComeTwice) {
      this.faults.push(`event ${id} comes as ${before} and ${number}`);
    }
    this.#byEvent.set(id, number);
    const last = this.#lastSequence.get(log.id) ?? 0;
    if (sequence <= last) this.faults.push(`number ${sequence} comes after ${last}`);
    this.#lastSequence.set(log.id, sequence);
  }

  #bury(excuses: (added: Added) => boolean): void {
    if (this.#outbox !== undefined) {
      this.droppedEvents += this.#outbox.state.dropped.event;
      if (this.#uncut && !this.#outbox.state.kept) this.#mayComeTwice = true;
    }
    this.#outbox = undefined;
    this.time.forgetSleepers();
    this.#uncut = false;
    this.taken = [];
    this.#lastSequence.clear();
    for (const added of this.added.values()) if (excuses(added)) added.excused = true;
  }
}
