import { InputError } from '@oneface/common/errors/errors';
import { parseEvent, parseStatus } from '@oneface/common/events/parse';
import { decodeRle } from '@oneface/common/masks/rle';
import type { FrameFacts } from '@oneface/edge/capture/frame-facts';
import { createEventFactory, type EventSource } from '@oneface/edge/events/event-factory';
import { createStatusMessages } from '@oneface/edge/events/status-messages';
import type { LogPosition } from '@oneface/edge/outbox/outbox';
import type { Presence } from '@oneface/edge/presence/presence';
import { sightsOf } from '@oneface/edge/presence/sight';
import { analyseFrame, type FaceAnalysis, type FrameAnalysis } from '@oneface/edge/vision/analyse-frame';
import test from 'ava';
import { analysisOf, faceAt } from '../presence/faces.js';
import { colorSegmenter } from '../vision/color-segmenter.js';
import { facePicture } from './color-bundle.js';

const SOURCE: EventSource = {
  device: 'door-1',
  site: 'lobby',
  boot: '00112233445566778899aabbccddeeff',
  model: { digest: 'ab'.repeat(32), classSet: 'face-10' },
};
const FACTS: FrameFacts = {
  number: 4,
  capturedAt: Date.UTC(2026, 2, 1, 12, 30),
  arrivedAt: 5000,
  timeQuality: 'unknown',
  decode: 1.23456,
};
const POSITION: LogPosition = { log: { id: '0f'.repeat(16), kept: true }, sequence: 7 };
const STILL = { now: () => Date.UTC(2026, 2, 1, 12), monotonic: () => 0 };

const found = await analyseFrame(colorSegmenter(), facePicture(320, 240, 180, 10), STILL);
const face = found.faces[0] as FaceAnalysis;
const NO_FACE: FrameAnalysis = {
  width: 320,
  height: 240,
  timings: { find: 3.00049 },
  passes: 1,
  faces: [],
  reason: 'too-small',
};

test('an event holds what was seen, rounded, and survives the wire', (t) => {
  const [build, ...others] = createEventFactory(SOURCE).ofFrame(FACTS, found);
  t.is(others.length, 0);
  const event = build(POSITION);
  t.deepEqual(parseEvent(JSON.stringify(event)), event);
  t.is(event.kind, 'face');
  if (event.kind !== 'face') return;
  const { parts } = event.face;
  t.like(event, {
    schemaVersion: 2,
    device: 'door-1',
    site: 'lobby',
    log: POSITION.log,
    sequence: 7,
    time: '2026-03-01T12:30:00.000Z',
    frame: { number: 4, width: 320, height: 240, faces: 1 },
  });
  t.is(event.timings.decode, 1.235);
  t.deepEqual(
    event.face.alignment.gridToFrame.map((value, i) => Math.abs(value - face.gridToFrame[i]) < 1e-5),
    Array(6).fill(true),
  );
  t.is(parts.length, face.parts.length);
  parts.forEach((part, index) => {
    const measure = face.parts[index];
    t.true(Math.abs(part.area - measure.area) <= 0.005);
    const { data } = decodeRle({ ...part.mask });
    t.deepEqual(
      data,
      face.labels.data.map((label) => Number(label === measure.label)),
    );
  });
});

test('a frame with several faces gives one event for each', (t) => {
  const analysis = analysisOf([faceAt(160, 240, 200), faceAt(480, 240, 180)]);
  const events = createEventFactory(SOURCE)
    .ofFrame(FACTS, analysis)
    .map((build, index) => build({ ...POSITION, sequence: index + 1 }));
  t.deepEqual(
    events.map(({ kind, sequence, frame }) => [kind, sequence, frame.faces]),
    [
      ['face', 1, 2],
      ['face', 2, 2],
    ],
  );
  t.deepEqual(
    events.map((event) => event.kind === 'face' && event.face.box.x < 320),
    [true, false],
  );
});

test('an event without a face names the reason and no face', (t) => {
  const [build] = createEventFactory(SOURCE).ofFrame(FACTS, NO_FACE);
  const event = build(POSITION);
  t.deepEqual(Object.keys(event).sort(), [
    'boot',
    'device',
    'frame',
    'kind',
    'log',
    'model',
    'reason',
    'schemaVersion',
    'sequence',
    'site',
    'time',
    'timeQuality',
    'timings',
  ]);
  t.like(event, { kind: 'no-face', reason: 'too-small', timings: { decode: 1.235, find: 3 } });
  t.is(event.frame.faces, 0);
});

test('the events of a presence show its best frame and survive the wire', (t) => {
  const [best] = sightsOf(FACTS, found);
  const presence: Presence = {
    id: 3,
    since: Date.UTC(2026, 2, 1, 12, 29, 58),
    milliseconds: 2345.67891,
    frames: 12,
    best,
  };
  const { ofPresence } = createEventFactory(SOURCE);
  const told = { id: 3, since: '2026-03-01T12:29:58.000Z', milliseconds: 2345.679, frames: 12 };
  const changes = [
    [ofPresence({ kind: 'enter', presence }), 'enter', told],
    [ofPresence({ kind: 'update', presence }), 'update', told],
    [ofPresence({ kind: 'leave', reason: 'left', presence }), 'leave', { ...told, reason: 'left' }],
  ] as const;
  for (const [build, kind, wanted] of changes) {
    const event = build(POSITION);
    t.deepEqual(parseEvent(JSON.stringify(event)), event);
    t.is(event.kind, kind);
    if (event.kind === 'face' || event.kind === 'no-face') continue;
    t.deepEqual<unknown, unknown>(event.presence, wanted);
    t.is(event.time, '2026-03-01T12:30:00.000Z');
    t.is(event.face.parts.length, face.parts.length);
  }
});

test('a sight keeps no logits and no other large buffer', (t) => {
  const [sight] = sightsOf(FACTS, found);
  t.false('logits' in sight.face);
  t.is(sight.face.labels.data.buffer.byteLength, sight.face.labels.data.length);
});

test('an event that the schema does not allow is not made', (t) => {
  const [build] = createEventFactory(SOURCE).ofFrame({ ...FACTS, number: 0 }, NO_FACE);
  t.throws(() => build(POSITION), { instanceOf: InputError, message: /frame\.number/ });
});

test('a clock that starts in 1970 gives events in their right place, and says how far to trust their time', (t) => {
  const facts: FrameFacts = { ...FACTS, capturedAt: 12_000, timeQuality: 'unsynchronised' };
  const [build] = createEventFactory(SOURCE).ofFrame(facts, NO_FACE);
  t.like(build({ ...POSITION, sequence: 41 }), {
    sequence: 41,
    time: '1970-01-01T00:00:12.000Z',
    timeQuality: 'unsynchronised',
  });
});

test('numbers that round to nothing are plain zeroes', (t) => {
  const tiny = analysisOf([faceAt(320, 240, 200, { roll: -0.001 })]);
  const [build] = createEventFactory(SOURCE).ofFrame(FACTS, tiny);
  const event = build(POSITION);
  t.true(event.kind === 'face' && Object.is(event.face.alignment.roll, 0));
});

test('birth and death of one session name the same boot and session', (t) => {
  const messages = createStatusMessages(SOURCE, '1.2.3', STILL);
  const birth = messages.online(7);
  const death = messages.offline(7, 'connection-lost');
  t.is(birth.topic, 'oneface/lobby/door-1/status');
  t.is(death.topic, birth.topic);
  const [online, offline] = [birth, death].map(({ payload }) => parseStatus(payload));
  const common = { boot: SOURCE.boot, session: 7, version: '1.2.3', since: '2026-03-01T12:00:00.000Z' };
  t.like(online, { state: 'online', ...common });
  t.like(offline, { state: 'offline', reason: 'connection-lost', ...common });
});
