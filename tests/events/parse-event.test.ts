import { CLASS_SET_IDS } from '@oneface/common/classes/class-sets';
import { InputError } from '@oneface/common/errors/errors';
import type { FacePart, SegmentationEvent } from '@oneface/common/events/event';
import { parseEvent, parseStatus, validateEvent } from '@oneface/common/events/parse';
import type { DeviceStatus } from '@oneface/common/events/status';
import { decodeRle, encodeRle } from '@oneface/common/masks/rle';
import test from 'ava';
import fc from 'fast-check';
import { ENTER, FACE, LEAVE, NO_FACE, OFFLINE, ONLINE, UPDATE } from './examples.js';

const EVENTS = [FACE, NO_FACE, ENTER, UPDATE, LEAVE];

const hex = (digits: number) => fc.stringMatching(new RegExp(`^[0-9a-f]{${digits}}$`));
const finite = fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => (Object.is(x, -0) ? 0 : x));
const positive = finite.map(Math.abs);
const id = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/);
const point = fc.record({ x: finite, y: finite });
const box = fc.record({ x: finite, y: finite, width: positive, height: positive });
const time = fc
  .date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true })
  .map((date) => date.toISOString());

const mask = fc
  .record({ width: fc.integer({ min: 1, max: 9 }), height: fc.integer({ min: 1, max: 9 }) })
  .chain(({ width, height }) =>
    fc
      .array(fc.integer({ min: 0, max: 1 }), { minLength: width * height, maxLength: width * height })
      .map((cells) => encodeRle({ width, height, data: Uint8Array.from(cells) }, 1)),
  );

const part: fc.Arbitrary<FacePart> = fc.record({
  name: fc.constantFrom('eye', 'mouth', 'nose', 'hair', 'cloth'),
  area: positive,
  box,
  centroid: point,
  confidence: fc.double({ min: 0, max: 1, noNaN: true }),
  mask: mask.map(({ size: [height, width], counts }) => ({
    size: [height, width] as [number, number],
    counts,
  })),
});

const head = {
  schemaVersion: fc.constant(2 as const),
  device: id,
  site: id,
  boot: hex(32),
  log: fc.record({ id: hex(32), kept: fc.boolean() }),
  sequence: fc.integer({ min: 1 }),
  time,
  timeQuality: fc.constantFrom('synchronised', 'unsynchronised', 'unknown'),
  frame: fc.record({
    number: fc.integer({ min: 1 }),
    width: fc.integer({ min: 1, max: 16_384 }),
    height: fc.integer({ min: 1, max: 16_384 }),
    faces: fc.integer({ min: 0, max: 64 }),
  }),
  model: fc.record({ digest: hex(64), classSet: fc.constantFrom(...CLASS_SET_IDS) }),
};

const face = fc.record({
  box,
  score: fc.double({ min: 0, max: 1, noNaN: true }),
  alignment: fc.record({
    gridToFrame: fc.tuple(finite, finite, finite, finite, finite, finite),
    landmarks: fc.record({ leftEye: point, rightEye: point, mouth: point }),
    roll: fc.double({ min: -180, max: 180, noNaN: true }).map((x) => (Object.is(x, -0) ? 0 : x)),
  }),
  parts: fc.array(part, { maxLength: 5 }),
});

const timings = { decode: positive, find: positive, segment: positive, measure: positive };
const seen = { ...head, timings: fc.record(timings), face };
const counted = fc.record({
  id: fc.integer({ min: 1 }),
  since: time,
  milliseconds: positive,
  frames: fc.integer({ min: 1 }),
});

const live: fc.Arbitrary<SegmentationEvent> = fc.oneof(
  fc.record({ kind: fc.constant('face' as const), ...seen }),
  fc.record({
    kind: fc.constant('no-face' as const),
    ...head,
    timings: fc.record(timings, { requiredKeys: ['decode', 'find'] }),
    reason: fc.constantFrom('nothing-found', 'too-small', 'no-landmarks'),
  }),
  fc.record({ kind: fc.constantFrom('enter', 'update'), ...seen, presence: counted }),
  fc.record({
    kind: fc.constant('leave' as const),
    ...seen,
    presence: fc
      .tuple(counted, fc.constantFrom('left', 'no-frames', 'stopped'))
      .map(([common, reason]) => ({ ...common, reason })),
  }),
);

const events = fc
  .tuple(live, fc.boolean())
  .map(([event, waited]): SegmentationEvent => (waited ? { ...event, historical: true } : event));

const statuses: fc.Arbitrary<DeviceStatus> = fc
  .record({
    schemaVersion: fc.constant(1 as const),
    device: id,
    boot: hex(32),
    session: fc.integer({ min: 1 }),
    version: fc.constantFrom('0.1.0', '12.3.45-rc.1'),
    model: hex(64),
    since: time,
  })
  .chain((status) =>
    fc.oneof(
      fc.constant({ state: 'online' as const, ...status }),
      fc
        .constantFrom('stopped' as const, 'failed' as const, 'connection-lost' as const)
        .map((reason) => ({ state: 'offline' as const, ...status, reason })),
    ),
  );

test('every event survives being written and read', (t) => {
  fc.assert(fc.property(events, (event) => void t.deepEqual(parseEvent(JSON.stringify(event)), event)));
});

test('every status survives being written and read', (t) => {
  fc.assert(fc.property(statuses, (status) => void t.deepEqual(parseStatus(JSON.stringify(status)), status)));
});

test('an event that lost any one required field is refused by that name', (t) => {
  for (const example of EVENTS) {
    for (const field of Object.keys(example).filter((name) => name !== 'site' && name !== 'historical')) {
      const { [field as keyof typeof example]: _, ...rest } = example;
      const error = t.throws(() => validateEvent(rest), { instanceOf: InputError });
      t.regex(String(error?.message), new RegExp(`for the event\\.${field} but received nothing$`));
    }
  }
});

test('a field that the schema does not name is refused, at every depth', (t) => {
  const [eye] = FACE.face.parts;
  const strangers: unknown[] = [
    { ...FACE, picture: 'iVBORw0KGgo' },
    { ...NO_FACE, face: FACE.face },
    { ...FACE, presence: ENTER.presence },
    { ...ENTER, presence: { ...ENTER.presence, reason: 'left' } },
    { ...LEAVE, presence: { ...LEAVE.presence, name: 'Ada' } },
    { ...FACE, log: { ...FACE.log, path: '/var' } },
    { ...FACE, frame: { ...FACE.frame, pixels: [1] } },
    { ...FACE, face: { ...FACE.face, crop: '' } },
    { ...FACE, face: { ...FACE.face, parts: [{ ...eye, pixels: [] }] } },
    { ...FACE, face: { ...FACE.face, parts: [{ ...eye, mask: { ...eye.mask, png: '' } }] } },
  ];
  for (const stranger of strangers) {
    t.throws(() => validateEvent(stranger), { instanceOf: InputError, message: /for a field of the event/ });
  }
});

test('the complaint names the exact place of a wrong value', (t) => {
  const [eye] = FACE.face.parts;
  const cases: [unknown, string][] = [
    [
      { ...FACE, kind: 'cat' },
      'Expected one of "face", "no-face", "enter", "update", "leave" for the event.kind but received "cat"',
    ],
    [{ ...FACE, schemaVersion: 1 }, 'Expected 2 for the event.schemaVersion but received 1'],
    [{ ...FACE, historical: false }, 'Expected true for the event.historical but received false'],
    [
      { ...FACE, face: { ...FACE.face, parts: [eye, { ...eye, confidence: 1.5 }] } },
      'Expected a number from 0 to 1 for the event.face.parts[1].confidence but received 1.5',
    ],
    [
      { ...FACE, time: 'yesterday' },
      'Expected a UTC time such as 2026-03-01T12:30:00.000Z for the event.time but received "yesterday"',
    ],
    [7, 'Expected an object for the event but received 7'],
    [null, 'Expected an object for the event but received null'],
  ];
  for (const [value, message] of cases) t.is(t.throws(() => validateEvent(value))?.message, message);
});

test('no text makes the reader fail with anything but an input error', (t) => {
  const texts = fc.oneof(fc.string(), fc.json(), fc.constant(JSON.stringify(FACE).slice(0, -1)));
  fc.assert(
    fc.property(texts, (text) => {
      t.throws(() => parseEvent(text), { instanceOf: InputError });
      t.throws(() => parseStatus(text), { instanceOf: InputError });
    }),
  );
});

test('text that is no JSON is refused with the cause', (t) => {
  const error = t.throws(() => parseEvent('{"kind":'), { instanceOf: InputError });
  t.is(error?.message, 'Expected JSON for the event but received "{\\"kind\\":"');
  t.true(error?.cause instanceof SyntaxError);
});

test('the mask of an event decodes to the cells of the part', (t) => {
  const event = parseEvent(JSON.stringify(FACE));
  t.is(event.kind, 'face');
  if (event.kind !== 'face') return;
  const { data } = decodeRle(event.face.parts[0].mask);
  t.deepEqual([...data], [0, 0, 0, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0]);
});

test('the examples are valid', (t) => {
  t.notThrows(() => parseStatus(JSON.stringify(ONLINE)));
  t.notThrows(() => parseStatus(JSON.stringify(OFFLINE)));
  for (const event of EVENTS) t.notThrows(() => parseEvent(JSON.stringify(event)));
});
