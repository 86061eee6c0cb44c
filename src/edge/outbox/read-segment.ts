import { bodyLength, decodeBody, FRAME_BYTES, findMarker, type SegmentRecord, soundBody } from './record.js';

export interface PlacedRecord {
  readonly record: SegmentRecord;
  /** Offset of its frame in the segment, bytes. */
  readonly offset: number;
  /** Bytes of frame and body. */
  readonly length: number;
}

/** What a segment's bytes hold. */
export interface SegmentContent {
  readonly records: readonly PlacedRecord[];
  /** Bytes that are no sound records, the torn end left out. */
  readonly damagedBytes: number;
  /** Offset of the last damaged byte; -1 without damage. */
  readonly lastDamage: number;
  /** Bytes up to a write that was cut off at the end; all of them when there is none. */
  readonly wholeLength: number;
}

/**
 * Reads all sound records of a segment, going on behind those that are damaged.
 *
 * A file that ends within a frame whose head is sound was cut off while it was written; such a write never
 * came to its fsync. Everything else that is no record may once have been one.
 */
export function readSegment(bytes: Buffer, seed: number): SegmentContent {
  const records: PlacedRecord[] = [];
  let damagedBytes = 0;
  let lastDamage = -1;
  let offset = 0;
  const passOver = (end: number) => {
    damagedBytes += end - offset;
    lastDamage = end - 1;
    offset = end;
  };
  while (offset < bytes.length) {
    const body = bodyLength(bytes, offset, seed);
    if (body === undefined) {
      if (bytes.length - offset < FRAME_BYTES && lastDamage < offset - 1) break;
      const next = findMarker(bytes, offset + 1);
      passOver(next < 0 ? bytes.length : next);
      continue;
    }
    const end = offset + FRAME_BYTES + body;
    if (end > bytes.length) break;
    const sound = soundBody(bytes, offset, seed);
    const record = sound && decodeBody(sound);
    if (record === undefined) passOver(end);
    else {
      records.push({ record, offset, length: end - offset });
      offset = end;
    }
  }
  return { records, damagedBytes, lastDamage, wholeLength: offset };
}
