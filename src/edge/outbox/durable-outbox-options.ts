import { expected } from '@oneface/common/errors/errors';
import type { Clock } from '../clock/clock.js';
import type { Sleep } from '../clock/sleep.js';
import type { Logger } from '../logging/logger.js';
import type { Disk } from './disk.js';
import type { LockFolder } from './folder-lock.js';
import type { DiskBounds } from './reclaim.js';

/**
 * When messages are brought to the disk itself (fsync). Under both, a message can be taken only once it is
 * there, so that no number the broker has seen is ever given twice.
 *
 * 'always': before `add` resolves; messages that come meanwhile share the next fsync. What was added outlives
 * a loss of power.
 *
 * 'interval': at most once in `syncMilliseconds`, which spares the card and holds messages back for as long.
 * `add` resolves when they are written: they outlive the process, but a loss of power may take those of the
 * last interval. Nobody has seen them, so their numbers go to other events and no gap shows.
 */
export type SyncPolicy = 'always' | 'interval';

export interface DurableOutboxOptions {
  /** Made when it is missing. One process at a time may have it. */
  readonly folder: string;
  /** Most bytes of its files on disk, at least 1 MiB. A message may have a sixteenth of it, and 1 MiB. */
  readonly maxBytes: number;
  /** Milliseconds after which a message is dropped. Left out, age does not count. */
  readonly maxAge?: number;
  /** 'always' if left out. */
  readonly sync?: SyncPolicy;
  /** For 'interval': milliseconds from one fsync to the next; 1000 if left out. */
  readonly syncMilliseconds?: number;
  /** Most bytes of payloads held in memory while the disk does not work; 8 MiB if left out. */
  readonly memoryBytes?: number;
}

export interface DurableOutboxDeps {
  readonly clock: Pick<Clock, 'monotonic'>;
  /** Milliseconds since 1970, or undefined while the wall clock is not to be trusted. */
  readonly trustedNow: () => number | undefined;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly sleep: Sleep;
  readonly log: Logger;
  /** The machine's own file system if left out. */
  readonly disk?: Disk;
  /** flock(2) if left out. */
  readonly lockFolder?: LockFolder;
}

const MEBIBYTE = 1024 * 1024;
const LEAST_BYTES = MEBIBYTE;
const LARGEST_SEGMENT = MEBIBYTE;
/** The index in memory takes some 200 bytes for each. */
const MOST_MESSAGES = 100_000;

/** What the options come to. */
export interface OutboxPlan {
  readonly folder: string;
  readonly bounds: DiskBounds;
  readonly memoryBytes: number;
  readonly maxAge: number;
  /** 0 for 'always'. */
  readonly syncMilliseconds: number;
}

/** @throws InputError when an option is out of range */
export function planOutbox(options: DurableOutboxOptions): OutboxPlan {
  const { folder, maxBytes, maxAge, sync = 'always' } = options;
  const { syncMilliseconds = 1000, memoryBytes = 8 * MEBIBYTE } = options;
  if (!Number.isSafeInteger(maxBytes) || maxBytes < LEAST_BYTES) {
    throw expected(`an integer from ${LEAST_BYTES}`, 'the most bytes of the outbox', maxBytes);
  }
  if (maxAge !== undefined && !(maxAge > 0)) {
    throw expected('a positive number of milliseconds', 'the highest age in the outbox', maxAge);
  }
  if (!(syncMilliseconds > 0 && syncMilliseconds <= 60_000)) {
    throw expected('1 to 60000 milliseconds', 'the sync interval of the outbox', syncMilliseconds);
  }
  if (!Number.isSafeInteger(memoryBytes) || memoryBytes < 1) {
    throw expected('a positive integer', 'the most bytes of the outbox in memory', memoryBytes);
  }
  const event = Math.min(LARGEST_SEGMENT, Math.floor(maxBytes / 16));
  const other = Math.floor(event / 4);
  return {
    folder,
    bounds: { maxBytes, maxMessages: MOST_MESSAGES, segmentBytes: { health: other, reply: other, event } },
    memoryBytes,
    maxAge: maxAge ?? Number.POSITIVE_INFINITY,
    syncMilliseconds: sync === 'always' ? 0 : syncMilliseconds,
  };
}
