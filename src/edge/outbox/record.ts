import { crc32 } from 'node:zlib';

/*
 * A record on disk, numbers in big-endian order:
 *
 *   marker 4 | length of the body 4 | CRC-32 of the body 4 | CRC-32 of the twelve bytes before 4 | body
 *
 * Both CRCs start from a seed that differs from segment to segment, so that bytes of a deleted segment which
 * come back in another one are no records there. Body: type 1, then what `encodeBody` writes.
 */

/** 0xFF stands in no UTF-8 text: no topic or payload can hold a marker, whatever somebody sends. */
const MARKER = Buffer.from([0xff, 0xf1, 0xfa, 0xce]);
export const FRAME_BYTES = 16;
const HEAD_BODY_BYTES = 48;
/** Bytes of a head with its frame. */
export const HEAD_BYTES = FRAME_BYTES + HEAD_BODY_BYTES;
/** More than any message; a longer claim is damage. */
export const LONGEST_BODY = 16 * 1024 * 1024;

const HEAD = 1;
const MESSAGE = 2;
const SETTLED = 3;
const DROPPED = 4;

const NUMBER_BYTES = 6;

/** The first record of every segment. */
export interface HeadRecord {
  readonly type: 'head';
  /** 32 hex digits. */
  readonly logId: string;
  /** The number that the next event would have had when the segment was made. */
  readonly nextSequence: number;
  readonly nextNumber: number;
  /** The segments from this number to this segment's own are void: this one holds what was left of them. */
  readonly replaces: number;
  /** Whether this segment was put together from others. */
  readonly compacted: boolean;
  /** Number of the segment before, 0 without one. */
  readonly previous: number;
  /** Bytes of it that count; what follows them was given up. */
  readonly previousLength: number;
}

export interface MessageRecord {
  readonly type: 'message';
  /** Orders the messages of all kinds; never given twice while the first one lives. */
  readonly number: number;
  /** Place in the event log; 0 for what is no event. */
  readonly sequence: number;
  /** When it was added, milliseconds since 1970 by a trusted clock; 0 when there was none. */
  readonly time: number;
  readonly retain: boolean;
  readonly topic: string;
  readonly payload: string;
}

/** Messages that need no longer be kept. */
export interface RemovalRecord {
  readonly type: 'settled' | 'dropped';
  readonly numbers: readonly number[];
}

export type SegmentRecord = HeadRecord | MessageRecord | RemovalRecord;

/** Frames a body for the segment with this seed. */
export function frame(body: Uint8Array, seed: number): Buffer {
  const framed = Buffer.alloc(FRAME_BYTES + body.length);
  MARKER.copy(framed);
  framed.writeUInt32BE(body.length, 4);
  framed.writeUInt32BE(crc32(body, seed), 8);
  framed.writeUInt32BE(crc32(framed.subarray(0, 12), seed), 12);
  framed.set(body, FRAME_BYTES);
  return framed;
}

/** Length of the body that a frame's head at `offset` announces; undefined when it is no sound head. */
export function bodyLength(bytes: Buffer, offset: number, seed: number): number | undefined {
  if (offset + FRAME_BYTES > bytes.length) return undefined;
  const head = bytes.subarray(offset, offset + 12);
  if (!head.subarray(0, 4).equals(MARKER) || crc32(head, seed) !== bytes.readUInt32BE(offset + 12)) {
    return undefined;
  }
  const length = bytes.readUInt32BE(offset + 4);
  return length <= LONGEST_BODY ? length : undefined;
}

/** The body of the whole frame at `offset`, whose head is sound; undefined when the body is not. */
export function soundBody(bytes: Buffer, offset: number, seed: number): Buffer | undefined {
  const start = offset + FRAME_BYTES;
  const body = bytes.subarray(start, start + bytes.readUInt32BE(offset + 4));
  return crc32(body, seed) === bytes.readUInt32BE(offset + 8) ? body : undefined;
}

/** Offset of the next marker at or after `offset`; -1 without one. */
export function findMarker(bytes: Buffer, offset: number): number {
  return bytes.indexOf(MARKER, offset);
}

export function encodeBody(record: SegmentRecord): Buffer {
  if (record.type === 'head') return encodeHead(record);
  if (record.type === 'message') return encodeMessage(record);
  const body = Buffer.alloc(1 + record.numbers.length * NUMBER_BYTES);
  body.writeUInt8(record.type === 'settled' ? SETTLED : DROPPED, 0);
  for (const [index, number] of record.numbers.entries()) {
    body.writeUIntBE(number, 1 + index * NUMBER_BYTES, NUMBER_BYTES);
  }
  return body;
}

/** Undefined for a type that a later version may have brought in, or a body that its type does not allow. */
export function decodeBody(body: Buffer): SegmentRecord | undefined {
  const type = body.length > 0 ? body[0] : 0;
  if (type === HEAD) return body.length === HEAD_BODY_BYTES ? decodeHead(body) : undefined;
  if (type === MESSAGE) return decodeMessage(body);
  if (type !== SETTLED && type !== DROPPED) return undefined;
  if ((body.length - 1) % NUMBER_BYTES !== 0) return undefined;
  const numbers: number[] = [];
  for (let at = 1; at < body.length; at += NUMBER_BYTES) numbers.push(body.readUIntBE(at, NUMBER_BYTES));
  return { type: type === SETTLED ? 'settled' : 'dropped', numbers };
}

function encodeHead(head: HeadRecord): Buffer {
  const body = Buffer.alloc(HEAD_BODY_BYTES);
  body.writeUInt8(HEAD, 0);
  body.write(head.logId, 1, 16, 'hex');
  body.writeUIntBE(head.nextSequence, 17, NUMBER_BYTES);
  body.writeUIntBE(head.nextNumber, 23, NUMBER_BYTES);
  body.writeUIntBE(head.replaces, 29, NUMBER_BYTES);
  body.writeUInt8(head.compacted ? 1 : 0, 35);
  body.writeUIntBE(head.previous, 36, NUMBER_BYTES);
  body.writeUIntBE(head.previousLength, 42, NUMBER_BYTES);
  return body;
}

function decodeHead(body: Buffer): HeadRecord {
  return {
    type: 'head',
    logId: body.toString('hex', 1, 17),
    nextSequence: body.readUIntBE(17, NUMBER_BYTES),
    nextNumber: body.readUIntBE(23, NUMBER_BYTES),
    replaces: body.readUIntBE(29, NUMBER_BYTES),
    compacted: body[35] === 1,
    previous: body.readUIntBE(36, NUMBER_BYTES),
    previousLength: body.readUIntBE(42, NUMBER_BYTES),
  };
}

/** Bytes of a message's body before its topic: type, number, sequence, time, retain, length of the topic. */
const MESSAGE_HEAD_BYTES = 1 + NUMBER_BYTES + NUMBER_BYTES + 8 + 1 + 2;

function encodeMessage(message: MessageRecord): Buffer {
  const topicBytes = Buffer.byteLength(message.topic);
  const body = Buffer.alloc(MESSAGE_HEAD_BYTES + topicBytes + Buffer.byteLength(message.payload));
  body.writeUInt8(MESSAGE, 0);
  body.writeUIntBE(message.number, 1, NUMBER_BYTES);
  body.writeUIntBE(message.sequence, 7, NUMBER_BYTES);
  body.writeDoubleBE(message.time, 13);
  body.writeUInt8(message.retain ? 1 : 0, 21);
  body.writeUInt16BE(topicBytes, 22);
  body.write(message.topic, MESSAGE_HEAD_BYTES);
  body.write(message.payload, MESSAGE_HEAD_BYTES + topicBytes);
  return body;
}

function decodeMessage(body: Buffer): MessageRecord | undefined {
  if (body.length < MESSAGE_HEAD_BYTES) return undefined;
  const payloadAt = MESSAGE_HEAD_BYTES + body.readUInt16BE(22);
  if (payloadAt > body.length) return undefined;
  return {
    type: 'message',
    number: body.readUIntBE(1, NUMBER_BYTES),
    sequence: body.readUIntBE(7, NUMBER_BYTES),
    time: body.readDoubleBE(13),
    retain: body[21] === 1,
    topic: body.toString('utf8', MESSAGE_HEAD_BYTES, payloadAt),
    payload: body.toString('utf8', payloadAt),
  };
}
