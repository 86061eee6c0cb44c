import { join } from 'node:path';
import type { Disk } from './disk.js';
import type { MessageKind } from './outbox.js';
import { readSegment, type SegmentContent } from './read-segment.js';
import { HEAD_BYTES, type HeadRecord, type MessageRecord } from './record.js';
import { type SegmentFile, segmentSeed } from './segment-files.js';
import { countMessage, emptySegment, type Place, type Segment } from './segment-log.js';

/** A message that waits in a log, its text left on disk. */
export interface LoadedMessage extends Omit<MessageRecord, 'type' | 'payload' | 'topic' | 'retain'> {
  readonly payloadBytes: number;
  readonly place: Place;
}

/** What the segment files of one kind hold. */
export interface LoadedLog {
  readonly segments: Segment[];
  /** Oldest first. */
  readonly messages: LoadedMessage[];
  /** Files whose content another segment replaces, or that hold nothing. */
  readonly useless: readonly string[];
  readonly damagedBytes: number;
  /** Where the log goes on. Undefined without a log, or when damage may hide its end. */
  readonly head: Pick<HeadRecord, 'logId' | 'nextSequence'> | undefined;
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
  const { counting, useless } = withoutVoid(await readHeads(files, disk, folder));
  const waiting = new Map<number, LoadedMessage>();
  const segments: Segment[] = [];
  let damagedBytes = 0;
  let nextNumber = 1;
  let end: LoadedLog['head'];
  for (const { file, validLength } of counting) {
    const content = readSegment(await readStart(file, file.size, disk, folder), segmentSeed(file.name));
    const size = Math.min(content.wholeLength, validLength);
    const segment = { ...emptySegment(kind, file.number), size };
    segments.push(segment);
    damagedBytes += content.damagedBytes;
    for (const { record, offset, length } of content.records) {
      if (offset + length > size) break;
      if (record.type === 'message') {
        const { number, sequence, time } = record;
        const payloadBytes = Buffer.byteLength(record.payload);
        waiting.set(number, { number, sequence, time, payloadBytes, place: { segment, offset, length } });
        if (segment.first === 0) segment.first = number;
        segment.last = Math.max(segment.last, number);
        nextNumber = Math.max(nextNumber, number + 1);
      } else if (record.type === 'head') {
        nextNumber = Math.max(nextNumber, record.nextNumber);
      } else {
        for (const number of record.numbers) waiting.delete(number);
      }
    }
    end = endOf(content);
  }
  const messages = [...waiting.values()].sort((a, b) => a.number - b.number);
  for (const { number, place } of messages) countMessage(place.segment, number, place.length);
  return { segments, messages, useless, damagedBytes, head: end, nextNumber };
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

async function readHeads(files: readonly SegmentFile[], disk: Disk, folder: string): Promise<HeadedFile[]> {
  const heads: HeadedFile[] = [];
  for (const file of files) {
    const bytes = await readStart(file, Math.min(file.size, HEAD_BYTES), disk, folder);
    heads.push({ file, head: headOf(readSegment(bytes, segmentSeed(file.name))) });
  }
  return heads;
}

/** Leaves out what later segments declare void: whole files, or what follows the end of a file. */
function withoutVoid(files: readonly HeadedFile[]): { counting: CountingFile[]; useless: string[] } {
  const counting: CountingFile[] = [];
  const useless: string[] = [];
  for (const { file, head } of files) {
    const last = counting.at(-1);
    if (head !== undefined && !head.compacted && last !== undefined) {
      // A segment put together later is no longer the one that the head speaks of.
      const same = last.file.number === file.number - 1 && last.head?.compacted !== true;
      if (same) last.validLength = Math.min(last.validLength, head.previousLength);
    }
    while (head !== undefined && (counting.at(-1)?.file.number ?? -1) >= head.replaces) {
      const replaced = counting.pop();
      if (replaced !== undefined) useless.push(replaced.file.name);
    }
    counting.push({ file, head, validLength: file.size });
  }
  return { counting, useless };
}

function headOf({ records }: SegmentContent): HeadRecord | undefined {
  const first = records.at(0);
  return first?.record.type === 'head' && first.offset === 0 ? first.record : undefined;
}

/** Where the log goes on after its last segment, if no damage may hide a higher number. */
function endOf(content: SegmentContent): LoadedLog['head'] {
  const head = headOf(content);
  if (head === undefined) return undefined;
  let { nextSequence } = head;
  let knownAt = 0;
  for (const { record, offset } of content.records) {
    if (record.type !== 'message' || record.sequence < nextSequence) continue;
    nextSequence = record.sequence + 1;
    knownAt = offset;
  }
  return content.lastDamage > knownAt ? undefined : { logId: head.logId, nextSequence };
}

async function readStart({ name }: SegmentFile, length: number, disk: Disk, folder: string): Promise<Buffer> {
  const file = await disk.openToRead(join(folder, name));
  try {
    const bytes = Buffer.alloc(length);
    return bytes.subarray(0, await file.read(bytes, 0));
  } finally {
    await file.close();
  }
}
