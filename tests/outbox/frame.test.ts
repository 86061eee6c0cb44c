import { FRAME_BYTES, frame, readFrames } from '@oneface/edge/outbox/frame';
import {
  decodeBody,
  decodeMessage,
  encodeBody,
  type HeadRecord,
  type MessageRecord,
  type SegmentRecord,
} from '@oneface/edge/outbox/record';
import test from 'ava';
import fc from 'fast-check';

const number48 = fc.integer({ min: 0, max: 2 ** 48 - 1 });
const text = fc.string({ unit: 'binary', maxLength: 40 });
const messages: fc.Arbitrary<MessageRecord> = fc.record({
  type: fc.constant('message' as const),
  number: number48,
  sequence: number48,
  time: fc.double({ noNaN: true }),
  retain: fc.boolean(),
  topic: text,
  payload: text,
});
const heads: fc.Arbitrary<HeadRecord> = fc.record({
  type: fc.constant('head' as const),
  logId: fc.stringMatching(/^[0-9a-f]{32}$/),
  nextSequence: number48,
  nextNumber: number48,
  replaces: number48,
  compacted: fc.boolean(),
  previous: number48,
  previousLength: number48,
});
const removals = fc.record({
  type: fc.constantFrom('settled' as const, 'dropped' as const),
  numbers: fc.array(number48, { maxLength: 20 }),
});
const records: fc.Arbitrary<SegmentRecord> = fc.oneof(messages, heads, removals);
const seeds = fc.nat(0xffff_ffff);

/** What a record looks like once it was read back. */
function readBack(body: Buffer): unknown {
  return decodeMessage(body) ?? decodeBody(body);
}

const framesOf = (some: readonly SegmentRecord[], seed: number) =>
  some.map((record) => frame(encodeBody(record), seed));

test('every record comes back as it was written', (t) => {
  fc.assert(
    fc.property(fc.array(records), seeds, (some, seed) => {
      const bytes = Buffer.concat(framesOf(some, seed));
      const read = readFrames(bytes, seed);
      t.deepEqual(
        read.bodies.map(({ body }) => readBack(body)),
        some,
      );
      t.like(read, { damagedBytes: 0, lastDamage: -1, wholeLength: bytes.length });
    }),
  );
});

test('a file that ends within a frame is whole up to that frame, and not damaged', (t) => {
  fc.assert(
    fc.property(fc.array(records, { minLength: 1 }), seeds, fc.nat(), (some, seed, cut) => {
      const frames = framesOf(some, seed);
      const bytes = Buffer.concat(frames);
      const last = frames[frames.length - 1].length;
      const read = readFrames(bytes.subarray(0, bytes.length - 1 - (cut % last)), seed);
      t.is(read.bodies.length, some.length - 1);
      t.like(read, { damagedBytes: 0, lastDamage: -1, wholeLength: bytes.length - last });
    }),
  );
});

test('a byte that is not what it was costs its own record and no other, and does not pass for a cut', (t) => {
  const changes = fc.record({ at: fc.nat(), by: fc.integer({ min: 1, max: 255 }) });
  fc.assert(
    fc.property(
      fc.array(records, { minLength: 1, maxLength: 6 }),
      seeds,
      changes,
      (some, seed, { at, by }) => {
        const frames = framesOf(some, seed);
        const bytes = Buffer.concat(frames);
        bytes[at % bytes.length] ^= by;
        let end = 0;
        const hit = frames.findIndex(({ length }) => {
          end += length;
          return at % bytes.length < end;
        });
        const read = readFrames(bytes, seed);
        t.deepEqual(
          read.bodies.map(({ body }) => readBack(body)),
          some.filter((_, index) => index !== hit),
        );
        t.is(read.damagedBytes, frames[hit].length);
        t.is(read.lastDamage, end - 1);
        t.is(read.wholeLength, bytes.length);
      },
    ),
  );
});

test('no bytes are too odd to be read', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), seeds, (bytes, seed) => {
      const read = readFrames(Buffer.from(bytes), seed);
      t.deepEqual(read.bodies, []);
      t.true(read.wholeLength <= bytes.length);
    }),
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      t.notThrows(() => decodeBody(Buffer.from(bytes)));
      t.notThrows(() => decodeMessage(Buffer.from(bytes)));
    }),
  );
});

test('the records of one segment are no records in another', (t) => {
  const bytes = frame(encodeBody({ type: 'settled', numbers: [1] }), 1);
  t.is(readFrames(bytes, 2).bodies.length, 0);
});

test('a payload cannot pass for a record behind damage, as no text holds a marker', (t) => {
  const seed = 7;
  const forged = frame(encodeBody({ type: 'settled', numbers: [1] }), seed);
  const payload = forged.toString('latin1');
  const bytes = frame(
    encodeBody({ type: 'message', number: 1, sequence: 1, time: 0, retain: false, topic: 't', payload }),
    seed,
  );
  bytes[FRAME_BYTES] ^= 1;
  t.deepEqual(readFrames(bytes, seed).bodies, []);
});
