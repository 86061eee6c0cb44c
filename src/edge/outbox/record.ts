import { FRAME_BYTES } from './frame.js';

const HEAD = 1;
const MESSAGE = 2;
const SETTLED = 3;
const DROPPED = 4;

const NUMBER_BYTES = 6;
const HEAD_BODY_BYTES = 48;
/** Bytes of a head with its frame. */
export const HEAD_BYTES = FRAME_BYTES + HEAD_BODY_BYTES;

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

/** A message without its text. */
export interface MessageOutline {
  readonly type: 'message';
  /** Orders the messages of all kinds. */
  readonly number: number;
  /** Place in the event log; 0 for what is no event. */
  readonly sequence: number;
  /** When it was added, milliseconds since 1970 by a trusted clock; 0 when there was none. */
  readonly time: number;
  readonly retain: boolean;
  readonly payloadBytes: number;
}

export interface MessageRecord extends Omit<MessageOutline, 'payloadBytes'> {
  readonly topic: string;
  readonly payload: string;
}

/** Messages that need no longer be kept. */
export interface RemovalRecord {
  readonly type: 'settled' | 'dropped';
  readonly numbers: readonly number[];
}

export type SegmentRecord = HeadRecord | MessageRecord | RemovalRecord;

/** Writes the type in one byte and what belongs to it, as the functions below do. */
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

/** Undefined for a type that is not known, or a body that its type does not allow. */
export function decodeBody(body: Buffer): HeadRecord | MessageOutline | RemovalRecord | undefined {
  const type = body.length > 0 ? body[0] : 0;
  if (type === HEAD) return body.length === HEAD_BODY_BYTES ? decodeHead(body) : undefined;
  if (type === MESSAGE) return outlineMessage(body);
  if (type !== SETTLED && type !== DROPPED) return undefined;
  if ((body.length - 1) % NUMBER_BYTES !== 0) return undefined;
  const numbers: number[] = [];
  for (let at = 1; at < body.length; at += NUMBER_BYTES) numbers.push(body.readUIntBE(at, NUMBER_BYTES));
  return { type: type === SETTLED ? 'settled' : 'dropped', numbers };
}

/** A message with its text; undefined for what is no message. */
export function decodeMessage(body: Buffer): MessageRecord | undefined {
  const outline = body.at(0) === MESSAGE ? outlineMessage(body) : undefined;
  if (outline === undefined) return undefined;
  const { payloadBytes, ...facts } = outline;
  const payloadAt = body.length - payloadBytes;
  return {
    ...facts,
    topic: body.toString('utf8', TOPIC_AT, payloadAt),
    payload: body.toString('utf8', payloadAt),
  };
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

/** Offset of a message's topic: type 1, number 6, sequence 6, time 8, retain 1, length of the topic 2. */
const TOPIC_AT = 24;

function encodeMessage(message: MessageRecord): Buffer {
  const topicBytes = Buffer.byteLength(message.topic);
  const body = Buffer.alloc(TOPIC_AT + topicBytes + Buffer.byteLength(message.payload));
  body.writeUInt8(MESSAGE, 0);
  body.writeUIntBE(message.number, 1, NUMBER_BYTES);
  body.writeUIntBE(message.sequence, 7, NUMBER_BYTES);
  body.writeDoubleBE(message.time, 13);
  body.writeUInt8(message.retain ? 1 : 0, 21);
  body.writeUInt16BE(topicBytes, 22);
  body.write(message.topic, TOPIC_AT);
  body.write(message.payload, TOPIC_AT + topicBytes);
  return body;
}

function outlineMessage(body: Buffer): MessageOutline | undefined {
  if (body.length < TOPIC_AT) return undefined;
  const payloadBytes = body.length - TOPIC_AT - body.readUInt16BE(22);
  if (payloadBytes < 0) return undefined;
  return {
    type: 'message',
    number: body.readUIntBE(1, NUMBER_BYTES),
    sequence: body.readUIntBE(7, NUMBER_BYTES),
    time: body.readDoubleBE(13),
    retain: body[21] === 1,
    payloadBytes,
  };
}
