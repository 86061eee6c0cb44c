import { join } from 'node:path';
import { UnavailableError } from '@oneface/common/errors/errors';
import type { Logger } from '../logging/logger.js';
import type { Disk } from './disk.js';
import type { FolderLock, LockFolder } from './folder-lock.js';
import { type LoadedLog, type LoadedMessage, loadLog } from './load-log.js';
import { MESSAGE_KINDS, type MessageKind } from './outbox.js';
import { sortFiles } from './segment-files.js';
import { type LogHead, SegmentLog } from './segment-log.js';

export interface StoreParts {
  readonly folder: string;
  readonly disk: Disk;
  readonly lockFolder: LockFolder;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly log: Logger;
}

/** The messages that a folder held when it was opened, oldest first. */
export type Backlog = readonly (LoadedMessage & { readonly kind: MessageKind })[];

/** The folder is another process's. */
export class FolderTakenError extends UnavailableError {}

/** The outbox's folder on disk: one log of segments for each kind of message. */
export class KeptStore {
  readonly logs: Readonly<Record<MessageKind, SegmentLog>>;
  readonly #parts: StoreParts;
  readonly #identity: string;
  readonly #lock: FolderLock;
  logId: string;
  nextSequence: number;
  nextNumber: number;

  private constructor(parts: StoreParts, identity: string, lock: FolderLock, logs: StoreLogs, head: LogHead) {
    this.#parts = parts;
    this.#identity = identity;
    this.#lock = lock;
    this.logs = logs;
    this.logId = head.logId;
    this.nextSequence = head.nextSequence;
    this.nextNumber = head.nextNumber;
  }

  /**
   * Opens the folder, makes it when it is missing, and starts a new segment in each log: only a disk that can
   * be written is a place to keep messages.
   *
   * @param leastNumber the message numbers below it are taken
   * @throws FolderTakenError when another process has it; the system's error when the disk does not work
   */
  static async open(parts: StoreParts, leastNumber: number): Promise<{ store: KeptStore; backlog: Backlog }> {
    const { folder, disk } = parts;
    await disk.makeFolder(folder);
    const lock = await parts.lockFolder(folder);
    if (lock === undefined) {
      throw new FolderTakenError(`The outbox folder ${folder} is in use by another process`);
    }
    try {
      return await openLocked(
        parts,
        leastNumber,
        (identity, logs, head) => new KeptStore(parts, identity, lock, logs, head),
      );
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  get head(): LogHead {
    return { logId: this.logId, nextSequence: this.nextSequence, nextNumber: this.nextNumber };
  }

  /** Bytes of all segment files. */
  get bytes(): number {
    return MESSAGE_KINDS.reduce((sum, kind) => sum + this.logs[kind].bytes, 0);
  }

  /** Whether the path still leads to the folder that was opened. */
  async isSameFolder(): Promise<boolean> {
    return (await this.#parts.disk.identify(this.#parts.folder)) === this.#identity;
  }

  async startSegments(): Promise<void> {
    for (const kind of MESSAGE_KINDS) await this.logs[kind].start(this.head);
  }

  /** Lets go of the folder. */
  async close(): Promise<void> {
    for (const kind of MESSAGE_KINDS) await this.logs[kind].close();
    await this.#lock.release();
  }
}

type StoreLogs = Readonly<Record<MessageKind, SegmentLog>>;

async function openLocked(
  { folder, disk, randomBytes, log }: StoreParts,
  leastNumber: number,
  build: (identity: string, logs: StoreLogs, head: LogHead) => KeptStore,
): Promise<{ store: KeptStore; backlog: Backlog }> {
  const identity = await disk.identify(folder);
  const { segments, unfinished, foreign } = sortFiles(await disk.list(folder));
  const loaded = {} as Record<MessageKind, LoadedLog>;
  for (const kind of MESSAGE_KINDS) loaded[kind] = await loadLog(kind, segments[kind], disk, folder);
  const all = Object.values(loaded);
  const nextNumber = Math.max(leastNumber, ...all.map((one) => one.nextNumber));
  const end = loaded.event.head;
  const head = end ?? { logId: drawLogId(randomBytes), nextSequence: 1 };
  report();
  const logs = Object.fromEntries(
    MESSAGE_KINDS.map((kind) => [kind, new SegmentLog(kind, disk, folder, loaded[kind].segments)]),
  ) as Record<MessageKind, SegmentLog>;
  const store = build(identity, logs, { ...head, nextNumber });
  await store.startSegments();
  for (const name of [...unfinished, ...all.flatMap((one) => one.useless)])
    await disk.remove(join(folder, name));
  const backlog = MESSAGE_KINDS.flatMap((kind) => loaded[kind].messages.map((one) => ({ ...one, kind })));
  return { store, backlog: backlog.sort((a, b) => a.number - b.number) };

  function report(): void {
    const damagedBytes = all.reduce((sum, one) => sum + one.damagedBytes, 0);
    if (damagedBytes > 0)
      log.error('outbox folder is damaged, what can be read is kept', { folder, damagedBytes });
    if (foreign.length > 0)
      log.warn('files in the outbox folder that are not its own', { folder, files: foreign });
    if (end !== undefined) return;
    const known = segments.event.length > 0;
    if (known) log.error('the end of the event log is not known, a new log begins', { logId: head.logId });
    else log.info('a new event log begins', { logId: head.logId });
  }
}

export function drawLogId(randomBytes: (count: number) => Uint8Array): string {
  return Buffer.from(randomBytes(16)).toString('hex');
}
