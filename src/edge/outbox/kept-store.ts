import { join } from 'node:path';
import { UnavailableError } from '@oneface/common/errors/errors';
import { errorCode } from '../files/error-code.js';
import type { Logger } from '../logging/logger.js';
import type { Disk } from './disk.js';
import type { FolderLock, LockFolder } from './folder-lock.js';
import { type LoadedLog, type LogEnd, loadLog } from './load-log.js';
import { drawLogId } from './log-id.js';
import type { Entry } from './message-queue.js';
import { MESSAGE_KINDS, type MessageKind } from './outbox.js';
import { type FolderContent, sortFiles } from './segment-files.js';
import { type LogHead, SegmentLog } from './segment-log.js';
import { SegmentReader } from './segment-reader.js';

export interface StoreParts {
  readonly folder: string;
  readonly disk: Disk;
  readonly lockFolder: LockFolder;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly log: Logger;
}

/** The folder is another process's. */
export class FolderTakenError extends UnavailableError {}

/** The outbox's folder on disk: one log of segments for each kind of message. */
export class KeptStore {
  readonly logs: Readonly<Record<MessageKind, SegmentLog>>;
  readonly logId: string;
  /** The number of the next event. It counts on only when an event is on disk. */
  nextSequence: number;
  /** Above the numbers of all messages that were ever given to the store. */
  nextNumber: number;
  readonly #parts: StoreParts;
  readonly #identity: string;
  readonly #lock: FolderLock;
  #unfinished: readonly string[];

  private constructor(
    parts: StoreParts,
    lock: FolderLock,
    { identity, logs, end, nextNumber, unfinished }: OpenedFolder,
  ) {
    this.#parts = parts;
    this.#lock = lock;
    this.#identity = identity;
    this.#unfinished = unfinished;
    this.logs = logs;
    this.logId = end.logId;
    this.nextSequence = end.nextSequence;
    this.nextNumber = nextNumber;
  }

  /**
   * Takes the folder for this process and reads what is in it; makes it when it is missing. Nothing can be
   * written before `begin`. The backlog comes oldest first.
   *
   * @param leastNumber the message numbers below it are taken
   * @throws FolderTakenError when another process has it; the system's error when the disk does not work
   */
  static async open(
    parts: StoreParts,
    leastNumber: number,
  ): Promise<{ store: KeptStore; backlog: readonly Entry[] }> {
    const { folder, disk } = parts;
    await disk.makeFolder(folder);
    const lock = await parts.lockFolder(folder);
    if (lock === undefined) {
      throw new FolderTakenError(`The outbox folder ${folder} is in use by another process`);
    }
    try {
      const opened = await openFolder(parts, leastNumber);
      return { store: new KeptStore(parts, lock, opened), backlog: opened.backlog };
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  /** What the head of a segment says that is made now. */
  get head(): LogHead {
    const { logId, nextSequence, nextNumber } = this;
    return { logId, nextSequence, nextNumber };
  }

  /** Bytes of all segment files. */
  get bytes(): number {
    return MESSAGE_KINDS.reduce((sum, kind) => sum + this.logs[kind].bytes, 0);
  }

  /** Whether the path still leads to the folder that was opened. */
  async isSameFolder(): Promise<boolean> {
    try {
      return (await this.#parts.disk.identify(this.#parts.folder)) === this.#identity;
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return false;
      throw error;
    }
  }

  /** Starts a segment in each log where none grows, which proves that the disk can be written. */
  async begin(): Promise<void> {
    for (const kind of MESSAGE_KINDS) {
      if (this.logs[kind].growing === undefined) await this.logs[kind].start(this.head);
    }
    for (const name of this.#unfinished) await this.#parts.disk.remove(join(this.#parts.folder, name));
    this.#unfinished = [];
  }

  /** Lets go of the folder. */
  async close(): Promise<void> {
    for (const kind of MESSAGE_KINDS) await this.logs[kind].close();
    await this.#lock.release();
  }
}

interface OpenedFolder {
  readonly identity: string;
  readonly logs: Readonly<Record<MessageKind, SegmentLog>>;
  readonly end: LogEnd;
  readonly nextNumber: number;
  readonly unfinished: readonly string[];
  readonly backlog: readonly Entry[];
}

async function openFolder(parts: StoreParts, leastNumber: number): Promise<OpenedFolder> {
  const { folder, disk } = parts;
  const identity = await disk.identify(folder);
  const content = sortFiles(await disk.list(folder));
  const reader = new SegmentReader(disk, folder);
  const load = (kind: MessageKind) => loadLog(kind, content.segments[kind], reader);
  const loaded = { health: await load('health'), reply: await load('reply'), event: await load('event') };
  const build = (kind: MessageKind) => {
    const { segments, litter } = loaded[kind];
    return new SegmentLog(kind, disk, folder, segments, litter, content.highest[kind]);
  };
  const all = Object.values(loaded);
  return {
    identity,
    logs: { health: build('health'), reply: build('reply'), event: build('event') },
    end: report(parts, content, all, endOfLog(loaded)),
    nextNumber: Math.max(leastNumber, ...all.map(({ nextNumber }) => nextNumber)),
    unfinished: content.unfinished,
    backlog: all.flatMap(({ entries }) => entries).sort((a, b) => a.number - b.number),
  };
}

/** Undefined when the number of the next event is not known for sure. */
function endOfLog(loaded: Readonly<Record<MessageKind, LoadedLog>>): LogEnd | undefined {
  const { end } = loaded.event;
  const heads = Object.values(loaded).flatMap((one) => one.heads);
  // A head that knows of later events than are there: their segment is gone.
  const later = heads.some((head) => head.logId === end?.logId && head.nextSequence > end.nextSequence);
  return later ? undefined : end;
}

/** Says what was found, and begins a new event log where the old one cannot go on. */
function report(
  { folder, randomBytes, log }: StoreParts,
  { segments, foreign }: FolderContent,
  loaded: readonly LoadedLog[],
  end: LogEnd | undefined,
): LogEnd {
  const damagedBytes = loaded.reduce((sum, one) => sum + one.damagedBytes, 0);
  if (damagedBytes > 0) {
    log.error('outbox is damaged on disk, what can be read is kept', { folder, damagedBytes });
  }
  if (foreign.length > 0) {
    log.warn('outbox folder holds files of others, which are left alone', { folder, files: foreign.length });
  }
  if (end !== undefined) return end;
  const logId = drawLogId(randomBytes);
  const { length } = segments.event;
  if (length === 0) log.info('a new event log begins', { logId });
  else log.error('the end of the event log is not known, a new one begins', { logId });
  return { logId, nextSequence: 1 };
}
