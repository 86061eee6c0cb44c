import { InputError } from '@oneface/common/errors/errors';
import { parseEvent, parseStatus } from '@oneface/common/events/parse';
import { decodeRle } from '@oneface/common/masks/rle';
import { createEventFactory, type EventSource, type FrameFacts } from '@oneface/edge/events/event-factory';
import { createStatusMessages } from '@oneface/edge/events/status-messages';
import { analyseFrame, type FrameAnalysis } from '@oneface/edge/vision/analyse-frame';
import test from 'ava';
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
  timeQuality: 'unknown',
  decode: 1.23456,
};
const STILL = { now: () => Date.UTC(2026, 2, 1, 12), monotonic: () => 0 };

const face = await analyseFrame(colorSegmenter(), facePicture(320, 240, 180, 10), STILL);
const NO_FACE: FrameAnalysis = {
  width: 320,
  height: 240,
  timings: { find: 3.00049 },
  passes: 1,
  reason: 'too-small',
};

test('an event holds what was seen, rounded, and survives the wire', (t) => {
  const event = createEventFactory(SOURCE)(FACTS, face);
  t.deepEqual(parseEvent(JSON.stringify(event)), event);
  t.is(event.kind, 'face');
  if (event.kind !== 'face' || face.face === undefined) return;
  const { parts } = event.face;
  t.like(event, {
    schemaVersion: 1,
    device: 'door-1',
    site: 'lobby',
    sequence: 1,
    time: '2026-03-01T12:30:00.000Z',
    frame: { number: 4, width: 320, height: 240 },
  });
  t.is(event.timings.decode, 1.235);
  t.deepEqual(
    event.face.alignment.gridToFrame.map(
      (value, i) => Math.abs(value - Number(face.face?.gridToFrame[i])) < 1e-5,
    ),
    Array(6).fill(true),
  );
  t.is(parts.length, face.face.parts.length);
  parts.forEach((part, index) => {
    const measure = face.face?.parts[index];
    t.true(Math.abs(part.area - Number(measure?.area)) <= 0.005);
    const { data } = decodeRle({ ...part.mask });
    const cells = face.face?.labels.data.map((label) => Number(label === measure?.label));
    t.deepEqual(data, cells);
  });
});

test('an event without a face names the reason and no face', (t) => {
  const event = createEventFactory(SOURCE)(FACTS, NO_FACE);
  t.deepEqual(Object.keys(event).sort(), [
    'boot',
    'device',
    'frame',
    'kind',
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
});

test('events are numbered without a gap', (t) => {
  const toEvent = createEventFactory(SOURCE);
  const numbers = [face, NO_FACE, face].map((analysis) => toEvent(FACTS, analysis).sequence);
  t.deepEqual(numbers, [1, 2, 3]);
});

test('an event that the schema does not allow is not made', (t) => {
  const toEvent = createEventFactory(SOURCE);
  t.throws(() => toEvent({ ...FACTS, number: 0 }, NO_FACE), {
    instanceOf: InputError,
    message: /frame\.number/,
  });
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
