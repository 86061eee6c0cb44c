import type { Disk } from './disk.js';
import type { MessageKind } from './outbox.js';
import { readFile } from './read-file.js';
import { readSegment, type SegmentContent } from './read-segment.js';
import { HEAD_BYTES, type HeadRecord, type MessageRecord } from './record.js';
import { coverMessage, emptySegment, type Place, type Segment } from './segment.js';
import { type SegmentFile, segmentSeed } from './segment-files.js';

/** A message that waits in a log, its text left on disk. */
export interface LoadedMessage extends Pick<MessageRecord, 'number' | 'time'> {
  readonly payloadBytes: number;
  readonly place: Place;
}

/** Where an event log goes on. */
export type LogEnd = Pick<HeadRecord, 'logId' | 'nextSequence'>;

/** What the segment files of one kind hold. */
export interface LoadedLog {
  readonly segments: readonly Segment[];
  /** Oldest first. */
  readonly messages: readonly LoadedMessage[];
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
  disk: Disk,
  folder: string,
): Promise<LoadedLog> {
  const heads = await readHeads(files, disk, folder);
  const { counting, litter } = withoutVoid(heads);
  const waiting = new Map<number, LoadedMessage>();
  const segments: Segment[] = [];
  let damagedBytes = 0;
  let nextNumber = 1;
  let end: LogEnd | undefined;
  for (const { file, head, validLength } of counting) {
    // One at a time: together they may be larger than memory allows.
    const content = readSegment(await readFile(file, file.size, disk, folder), segmentSeed(file.name));
    const segment = { ...emptySegment(kind, file.number), size: Math.min(content.wholeLength, validLength) };
    segment.voidEnd = segment.size < file.size;
    segments.push(segment);
    damagedBytes += content.damagedBytes;
    nextNumber = Math.max(nextNumber, collect(content, segment, waiting), head?.nextNumber ?? 1);
    end = head && endOf(content, segment.size, head, end);
  }
  const messages = [...waiting.values()].sort((a, b) => a.number - b.number);
  const known = heads.flatMap(({ head }) => (head === undefined ? [] : [head]));
  return { segments, messages, litter, damagedBytes, end, heads: known, nextNumber };
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
  disk: Disk,
  folder: string,
): Promise<readonly HeadedFile[]> {
  const heads: HeadedFile[] = [];
  for (const file of files) {
    const bytes = await readFile(file, Math.min(file.size, HEAD_BYTES), disk, folder);
    const first = readSegment(bytes, segmentSeed(file.name)).records.at(0);
    heads.push({
      file,
      head: first?.record.type === 'head' && first.offset === 0 ? first.record : undefined,
    });
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
    const lowest = head?.replaces ?? file.number;
    for (
      let void_ = counting.at(-1);
      void_ !== undefined && void_.file.number >= lowest;
      void_ = counting.at(-1)
    ) {
      litter.push(void_.file.name);
      counting.pop();
    }
    counting.push({ file, head, validLength: file.size });
  }
  return { counting, litter };
}

/**
 * Adds the messages of a segment to those that wait, and takes out those that its records settle or drop.
 *
 * @returns a number above those of its messages
 */
function collect(content: SegmentContent, segment: Segment, waiting: Map<number, LoadedMessage>): number {
  let nextNumber = 1;
  for (const { record, offset, length } of content.records) {
    if (offset + length > segment.size) break;
    if (record.type === 'message') {
      const { number, time } = record;
      const payloadBytes = Buffer.byteLength(record.payload);
      waiting.set(number, { number, time, payloadBytes, place: { segment, offset, length } });
      coverMessage(segment, number);
      nextNumber = Math.max(nextNumber, number + 1);
    } else if (record.type !== 'head') {
      segment.removals += 1;
      for (const number of record.numbers) waiting.delete(number);
    }
  }
  return nextNumber;
}

/**
 * Where the event log goes on after a segment, if no damage in it may hide a higher number.
 *
 * @param before where it would have gone on after the segment before
 */
function endOf(
  content: SegmentContent,
  size: number,
  { logId, ...head }: HeadRecord,
  before: LogEnd | undefined,
): LogEnd | undefined {
  let nextSequence = Math.max(head.nextSequence, before?.logId === logId ? before.nextSequence : 1);
  let knownAt = 0;
  for (const { record, offset, length } of content.records) {
    if (offset + length > size || record.type !== 'message' || record.sequence < nextSequence) continue;
    nextSequence = record.sequence + 1;
    knownAt = offset;
  }
  return content.lastDamage > knownAt ? undefined : { logId, nextSequence };
}
