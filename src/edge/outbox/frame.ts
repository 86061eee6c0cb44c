import { crc32 } from 'node:zlib';

/*
 * A record on disk, numbers in big-endian order:
 *
 *   marker 4 | length of the body 4 | CRC-32 of the body 4 | CRC-32 of the twelve bytes before 4 | body
 *
 * Both CRCs start from a seed that differs from segment to segment, so that bytes of a deleted segment which
 * come back in another one are no records there.
 */

/** 0xFF stands in no UTF-8 text: no topic or payload can hold a marker, whatever somebody sends. */
const MARKER = Buffer.from([0xff, 0xf1, 0xfa, 0xce]);
const MARKER_NUMBER = MARKER.readUInt32BE(0);
const HEAD_CRC_AT = 12;

export const FRAME_BYTES = 16;
/** More than any message; a longer claim is damage. */
const LONGEST_BODY = 16 * 1024 * 1024;

/** Frames a body for the segment with this seed. */
export function frame(body: Uint8Array, seed: number): Buffer {
  const framed = Buffer.alloc(FRAME_BYTES + body.length);
  MARKER.copy(framed);
  framed.writeUInt32BE(body.length, 4);
  framed.writeUInt32BE(crc32(body, seed), 8);
  framed.writeUInt32BE(crc32(framed.subarray(0, HEAD_CRC_AT), seed), HEAD_CRC_AT);
  framed.set(body, FRAME_BYTES);
  return framed;
}

/** A sound body and where its frame lies. */
export interface PlacedBody {
  readonly body: Buffer;
  /** Offset of its frame, bytes. */
  readonly offset: number;
  /** Bytes of frame and body. */
  readonly length: number;
}

/** What a segment's bytes hold. */
export interface Frames {
  readonly bodies: readonly PlacedBody[];
  /** Bytes that are in no sound frame, a write that was cut off at the end left out. */
  readonly damagedBytes: number;
  /** Offset of the last damaged byte; -1 without damage. */
  readonly lastDamage: number;
  /** Bytes up to a write that was cut off at the end; all of them when there is none. */
  readonly wholeLength: number;
}

/**
 * Finds all sound frames of a segment, going on behind those that are damaged.
 *
 * A file that ends within a frame whose head is sound was cut off while it was written; such a write never came
 * to its fsync. Everything else that is in no frame may once have been in one.
 *
 * @param bytes the bodies are views of it
 */
export function readFrames(bytes: Buffer, seed: number): Frames {
  const bodies: PlacedBody[] = [];
  let damagedBytes = 0;
  let lastDamage = -1;
  let offset = 0;
  const passOver = (end: number) => {
    damagedBytes += end - offset;
    lastDamage = end - 1;
    offset = end;
  };
  while (offset < bytes.length) {
    const bodyLength = announcedLength(bytes, offset, seed);
    if (bodyLength === undefined) {
      const follows = offset === 0 || lastDamage < offset - 1;
      if (follows && isCutHead(bytes.subarray(offset))) break;
      const next = bytes.indexOf(MARKER, offset + 1);
      passOver(next < 0 ? bytes.length : next);
      continue;
    }
    const end = offset + FRAME_BYTES + bodyLength;
    if (end > bytes.length) break;
    const body = bytes.subarray(offset + FRAME_BYTES, end);
    if (crc32(body, seed) !== bytes.readUInt32BE(offset + 8)) passOver(end);
    else {
      bodies.push({ body, offset, length: end - offset });
      offset = end;
    }
  }
  return { bodies, damagedBytes, lastDamage, wholeLength: offset };
}

/** Length of the body that the head of a frame announces; undefined when it is no sound head. */
function announcedLength(bytes: Buffer, offset: number, seed: number): number | undefined {
  if (offset + FRAME_BYTES > bytes.length || bytes.readUInt32BE(offset) !== MARKER_NUMBER) return undefined;
  const crc = bytes.readUInt32BE(offset + HEAD_CRC_AT);
  if (crc32(bytes.subarray(offset, offset + HEAD_CRC_AT), seed) !== crc) return undefined;
  const length = bytes.readUInt32BE(offset + 4);
  return length <= LONGEST_BODY ? length : undefined;
}

/** Whether the last bytes of a file are the beginning of a frame's head. */
function isCutHead(rest: Buffer): boolean {
  const known = Math.min(rest.length, MARKER.length);
  return rest.length < FRAME_BYTES && rest.subarray(0, known).equals(MARKER.subarray(0, known));
}
