import { createHash } from 'node:crypto';
import { InputError } from '@oneface/common/errors/errors';
import type { SegmentationEvent } from '@oneface/common/events/event';
import { parseEvent, parseStatus } from '@oneface/common/events/parse';
import type { DeviceStatus } from '@oneface/common/events/status';

/**
 * An event that waited this long without being marked historical was marked wrongly: longer than any fault
 * that delays events while the connection stands, or while the broker has them already.
 */
export const LATEST_UNMARKED_MILLISECONDS = 120_000;
/** Complaints kept of each sort; the rest are counted only. */
const MOST_EXAMPLES = 20;

/** What is remembered of an event. */
interface Remembered {
  readonly boot: string;
  readonly frame: number;
  /** Of its content without `historical`. */
  readonly digest: string;
}

interface Log {
  readonly events: Map<number, Remembered>;
  readonly kept: boolean;
  highest: number;
}

/** What arrived and what is wrong with it. Every `failures` count has to be 0. */
export interface Judgement {
  /** Different events. */
  readonly events: number;
  /** Arrivals of an event that was there already; allowed. */
  readonly repeats: number;
  /** Different events that were marked historical at their first arrival. */
  readonly historical: number;
  readonly faces: number;
  readonly boots: number;
  readonly logs: readonly { readonly id: string; readonly kept: boolean; readonly last: number }[];
  readonly failures: {
    /** Numbers between 1 and the last of a log that never came. */
    readonly lost: number;
    /** Two different events of one number. */
    readonly conflicting: number;
    /** Events that first came after a later one of the same log. */
    readonly reordered: number;
    /** Events whose frame is older than that of the event before, or whose boot comes back. */
    readonly backward: number;
    /** Payloads that are no event, or no status. */
    readonly invalid: number;
    /** Events that waited long and do not say so. */
    readonly unmarked: number;
  };
  /** The first complaints of each sort, for people. */
  readonly examples: readonly string[];
}

/** Failures that are seen as they arrive; the others show in the whole log. */
type Complaint = Exclude<keyof Judgement['failures'], 'lost' | 'backward'>;

/** An event that came for the first time. */
export interface Arrival {
  readonly event: SegmentationEvent;
  /** From the frame to its arrival, in milliseconds. */
  readonly latency: number;
}

/** Checks that what arrives is a whole log: every number once, in order, each the same when repeated. */
export class Judge {
  readonly #logs = new Map<string, Log>();
  readonly #examples = new Map<Complaint, string[]>();
  readonly #failures: Record<Complaint, number> = { conflicting: 0, reordered: 0, invalid: 0, unmarked: 0 };
  #events = 0;
  #repeats = 0;
  #historical = 0;
  #faces = 0;

  get events(): number {
    return this.#events;
  }

  get repeats(): number {
    return this.#repeats;
  }

  /**
   * Takes a payload as it arrives.
   *
   * @param now wall clock in milliseconds, the same that the device has
   * @returns the event, when it is one that was not there yet
   */
  take(payload: string, now: number): Arrival | undefined {
    const event = this.#checked(() => parseEvent(payload));
    if (event === undefined) return undefined;
    const log = this.#logOf(event);
    const { sequence, boot } = event;
    const digest = digestOf(event);
    const known = log.events.get(sequence);
    if (known !== undefined) {
      if (known.digest === digest && known.boot === boot) this.#repeats += 1;
      else this.#complain('conflicting', `event ${sequence} came with two contents`);
      return undefined;
    }
    log.events.set(sequence, { boot, frame: event.frame.number, digest });
    if (sequence < log.highest) this.#complain('reordered', `event ${sequence} came after ${log.highest}`);
    log.highest = Math.max(log.highest, sequence);
    this.#events += 1;
    if (event.kind !== 'no-face') this.#faces += 1;
    if (event.historical) this.#historical += 1;
    const latency = now - Date.parse(event.time);
    if (!event.historical && latency > LATEST_UNMARKED_MILLISECONDS) {
      this.#complain(
        'unmarked',
        `event ${sequence} came after ${Math.round(latency / 1000)} s, not historical`,
      );
    }
    return { event, latency };
  }

  /** Says how it stands. Numbers after the last that came cannot be missed by it. */
  judge(): Judgement {
    const endings = [...this.#logs].map(([id, log]) => ({ id, ...endOf(log) }));
    const sum = (field: 'lost' | 'backward') => endings.reduce((total, each) => total + each[field], 0);
    const boots = [...this.#logs.values()].flatMap(({ events }) =>
      [...events.values()].map(({ boot }) => boot),
    );
    return {
      events: this.#events,
      repeats: this.#repeats,
      historical: this.#historical,
      faces: this.#faces,
      boots: new Set(boots).size,
      logs: [...this.#logs].map(([id, { kept, highest }]) => ({ id, kept, last: highest })),
      failures: { lost: sum('lost'), backward: sum('backward'), ...this.#failures },
      examples: [...[...this.#examples.values()].flat(), ...endings.flatMap(({ examples }) => examples)],
    };
  }

  /** Takes what the device says of itself; undefined when it is no status. */
  takeStatus(payload: string): DeviceStatus | undefined {
    return this.#checked(() => parseStatus(payload));
  }

  #checked<T>(parse: () => T): T | undefined {
    try {
      return parse();
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      this.#complain('invalid', error.message);
      return undefined;
    }
  }

  #logOf({ log: { id, kept } }: SegmentationEvent): Log {
    const known = this.#logs.get(id) ?? { events: new Map(), kept, highest: 0 };
    this.#logs.set(id, known);
    return known;
  }

  #complain(sort: Complaint, text: string): void {
    this.#failures[sort] += 1;
    const examples = this.#examples.get(sort) ?? [];
    this.#examples.set(sort, examples);
    if (examples.length < MOST_EXAMPLES) examples.push(text);
  }
}

/** Looks through a log from its first number to its last. */
function endOf({ events, highest }: Log): { lost: number; backward: number; examples: string[] } {
  const examples: string[] = [];
  const ended = new Set<string>();
  let lost = 0;
  let backward = 0;
  let before: Remembered | undefined;
  const say = (text: string) => {
    if (examples.length < MOST_EXAMPLES) examples.push(text);
  };
  for (let sequence = 1; sequence <= highest; sequence++) {
    const event = events.get(sequence);
    if (event === undefined) {
      lost += 1;
      say(`event ${sequence} never came`);
      continue;
    }
    if (before !== undefined && before.boot !== event.boot) ended.add(before.boot);
    const olderFrame = before?.boot === event.boot && event.frame < before.frame;
    if (olderFrame || ended.has(event.boot)) {
      backward += 1;
      say(`event ${sequence} tells of an older frame than the one before`);
    }
    before = event;
  }
  return { lost, backward, examples };
}

function digestOf({ historical: _, ...content }: SegmentationEvent): string {
  return createHash('sha256')
    .update(JSON.stringify(sorted(content)))
    .digest('base64');
}

/** The same value with the fields of every object in one order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, field]) => [name, sorted(field)]));
}
