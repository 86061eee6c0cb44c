import { type Frames, readFrames } from './frame.js';
import type { Entry } from './message-queue.js';
import type { MessageKind } from './outbox.js';
import { decodeBody, HEAD_BYTES, type HeadRecord } from './record.js';
import { coverMessage, emptySegment, type Segment } from './segment.js';
import { type SegmentFile, segmentSeed } from './segment-files.js';
import type { SegmentReader } from './segment-reader.js';

/** Where an event log goes on. */
export type LogEnd = Pick<HeadRecord, 'logId' | 'nextSequence'>;

/** What the segment files of one kind hold. */
export interface LoadedLog {
  readonly segments: readonly Segment[];
  /** The messages that wait, oldest first, their text left on disk. */
  readonly entries: readonly Entry[];
  /** Names of files whose content another segment replaces. */
  readonly litter: readonly string[];
  readonly damagedBytes: number;
  /** Undefined without a log, or when damage may hide its end. */
  readonly end: LogEnd | undefined;
  /** What the heads say of the event log. */
  readonly heads: readonly LogEnd[];
  /** Above all message numbers in it. */
  readonly nextNumber: number;
}

/**
 * Reads the segment files of one kind, and changes nothing.
 *
 * @param files oldest first
 */
export async function loadLog(
  kind: MessageKind,
  files: readonly SegmentFile[],
  reader: SegmentReader,
): Promise<LoadedLog> {
  const heads = await readHeads(files, reader);
  const { counting, litter } = withoutVoid(heads);
  const waiting = new Map<number, Entry>();
  const segments: Segment[] = [];
  let damagedBytes = 0;
  let nextNumber = 1;
  let end: LogEnd | undefined;
  for (const { file, head, validLength } of counting) {
    // One at a time: together they may be larger than memory allows.
    const content = readFrames(await reader.read(file, file.size), segmentSeed(file.name));
    const segment = emptySegment(kind, file.number, file.generation);
    segment.size = Math.min(content.wholeLength, validLength);
    segment.voidEnd = segment.size < file.size;
    segments.push(segment);
    damagedBytes += content.damagedBytes;
    const found = collect(kind, content, segment, waiting);
    nextNumber = Math.max(nextNumber, found.highestNumber + 1, head?.nextNumber ?? 1);
    end = head && endOf(head, found, content.lastDamage, end);
  }
  const entries = [...waiting.values()].sort((a, b) => a.number - b.number);
  const known = heads.flatMap(({ head }) => (head === undefined ? [] : [head]));
  return { segments, entries, litter, damagedBytes, end, heads: known, nextNumber };
}

interface HeadedFile {
  readonly file: SegmentFile;
  /** Undefined when it is damaged. */
  readonly head: HeadRecord | undefined;
}

interface CountingFile extends HeadedFile {
  /** Bytes that count at most. */
  validLength: number;
}

async function readHeads(
  files: readonly SegmentFile[],
  reader: SegmentReader,
): Promise<readonly HeadedFile[]> {
  const heads: HeadedFile[] = [];
  for (const file of files) {
    const bytes = await reader.read(file, Math.min(file.size, HEAD_BYTES));
    const first = readFrames(bytes, segmentSeed(file.name)).bodies.at(0);
    const record = first?.offset === 0 ? decodeBody(first.body) : undefined;
    heads.push({ file, head: record?.type === 'head' ? record : undefined });
  }
  return heads;
}

/** Leaves out what later segments declare void: whole files, or what follows the end of a file. */
function withoutVoid(files: readonly HeadedFile[]): { counting: CountingFile[]; litter: string[] } {
  const counting: CountingFile[] = [];
  const litter: string[] = [];
  for (const { file, head } of files) {
    const last = counting.at(-1);
    // A segment that was put together since then is no longer the one that the head speaks of.
    if (last !== undefined && head?.previous === last.file.number && last.head?.compacted !== true) {
      last.validLength = Math.min(last.validLength, head.previousLength);
    }
    const lowest = head?.replaces ?? Number.POSITIVE_INFINITY;
    const firstVoid = counting.findIndex((other) => other.file.number >= lowest);
    if (firstVoid >= 0) litter.push(...counting.splice(firstVoid).map((other) => other.file.name));
    counting.push({ file, head, validLength: file.size });
  }
  return { counting, litter };
}

/** A message that nobody has taken since the outbox was opened. */
const UNTOUCHED = { addedAt: undefined, message: undefined, underWay: false, gone: false } as const;

/** What is known of a segment's messages, wanted or not. */
interface Found {
  highestNumber: number;
  highestSequence: number;
  /** Offset of the event with that. */
  highestAt: number;
}

/** Adds the messages of a segment to those that wait, and takes out those that its records settle or drop. */
function collect(
  kind: MessageKind,
  { bodies }: Frames,
  segment: Segment,
  waiting: Map<number, Entry>,
): Found {
  const found = { highestNumber: 0, highestSequence: 0, highestAt: 0 };
  for (const { body, offset, length } of bodies) {
    const record = offset + length <= segment.size ? decodeBody(body) : undefined;
    if (record?.type === 'message') {
      const { number, sequence, time, payloadBytes } = record;
      const place = { segment, offset, length };
      waiting.set(number, { ...UNTOUCHED, number, kind, payloadBytes, time, place });
      coverMessage(segment, number);
      found.highestNumber = Math.max(found.highestNumber, number);
      if (sequence > found.highestSequence)
        Object.assign(found, { highestSequence: sequence, highestAt: offset });
    } else if (record !== undefined && record.type !== 'head') {
      segment.removals += 1;
      for (const number of record.numbers) waiting.delete(number);
    }
  }
  return found;
}

/**
 * Where the event log goes on after a segment, if no damage in it may hide a higher number.
 *
 * @param before where it would have gone on after the segment before
 */
function endOf(
  { logId, ...head }: HeadRecord,
  { highestSequence, highestAt }: Found,
  lastDamage: number,
  before: LogEnd | undefined,
): LogEnd | undefined {
  const atStart = Math.max(head.nextSequence, before?.logId === logId ? before.nextSequence : 1);
  const knownAt = highestSequence >= atStart ? highestAt : 0;
  if (lastDamage > knownAt) return undefined;
  return { logId, nextSequence: Math.max(atStart, highestSequence + 1) };
}
