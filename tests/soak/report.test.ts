import test from 'ava';
import type { SoakFacts } from '../../deploy/soak/report.js';
import { type EventFields, payload } from './log-events.js';
import { sampleAt } from './samples.js';
import { loadSoak } from './soak-modules.js';

const { Judge } = await loadSoak<typeof import('../../deploy/soak/judge.js')>('judge');
const { checksOf, reportOf } = await loadSoak<typeof import('../../deploy/soak/report.js')>('report');

function judgementOf(...events: readonly EventFields[]) {
  const judge = new Judge();
  for (const event of events) judge.take(payload(event), Date.parse('2026-03-01T12:30:00.100Z'));
  // The events of the examples show no face.
  return { ...judge.judge(), faces: events.length };
}

const GOOD: SoakFacts = {
  minutes: 3,
  seed: 1,
  perSecond: 10,
  startedAt: '2026-03-01T12:30:00.000Z',
  finished: true,
  seconds: 180,
  judgement: judgementOf({ sequence: 1 }, { sequence: 2 }),
  samples: [0, 5, 10].map((seconds) => sampleAt(seconds)),
  faults: [],
  lives: [
    { pid: 1, from: 0, to: 60, end: 'killed', status: 'SIGKILL' },
    { pid: 2, from: 61, to: 180, end: 'stopped', status: '0' },
  ],
  nodeVersion: '20.20.2',
  dropped: 0,
};

function failing(changes: Partial<SoakFacts>): string[] {
  return checksOf({ ...GOOD, ...changes })
    .filter(({ holds }) => !holds)
    .map(({ name }) => name);
}

test('all checks hold for a soak in which nothing went wrong', (t) => {
  t.deepEqual(failing({}), []);
});

test('a lost event fails the soak', (t) => {
  t.deepEqual(failing({ judgement: judgementOf({ sequence: 1 }, { sequence: 3 }) }), ['events lost']);
});

test('an event with two contents fails the soak', (t) => {
  const judgement = judgementOf({ sequence: 1 }, { sequence: 1, find: 11 });
  t.deepEqual(failing({ judgement }), ['events with two contents']);
});

test('an event out of order fails the soak', (t) => {
  const judgement = judgementOf({ sequence: 1 }, { sequence: 3 }, { sequence: 2 });
  t.deepEqual(failing({ judgement }), ['events out of order']);
});

test('a soak without any event fails', (t) => {
  t.deepEqual(failing({ judgement: judgementOf() }), [
    'events arrived',
    'faces among them',
    'one event log, kept on disk',
  ]);
});

test('a second event log, or one in memory, fails the soak', (t) => {
  const second = judgementOf({ sequence: 1 }, { sequence: 1, log: 2 });
  t.deepEqual(failing({ judgement: second }), ['one event log, kept on disk']);
  const inMemory = judgementOf({ sequence: 1, kept: false });
  t.deepEqual(failing({ judgement: inMemory }), ['one event log, kept on disk']);
});

test('an agent that ended by itself fails the soak', (t) => {
  const lives = [{ pid: 1, from: 0, to: 60, end: 'failed' as const, status: '1' }, GOOD.lives[1]];
  t.deepEqual(failing({ lives }), ['the agent ended only when told']);
});

test('an agent that does not end in order fails the soak', (t) => {
  const lives = [{ pid: 1, from: 0, to: 60, end: 'failed' as const, status: '1' }];
  t.deepEqual(failing({ lives }), [
    'the agent ended only when told',
    'the agent stopped in order at the end',
  ]);
});

test('memory that grows fails the soak', (t) => {
  const samples = Array.from({ length: 720 }, (_, index) =>
    sampleAt(index * 10, { residentMib: 90 + index / 40 }),
  );
  t.deepEqual(failing({ samples }), ['memory is flat']);
});

test('a long soak without a life that is long enough to see memory grow fails', (t) => {
  t.deepEqual(failing({ minutes: 120 }), ['memory is flat']);
});

test('an agent that takes more memory than a device has to spare fails the soak', (t) => {
  const samples = [0, 5, 10].map((seconds) => sampleAt(seconds, { residentMib: 131 }));
  t.deepEqual(failing({ samples }), ['resident memory is below 130 MiB']);
  t.deepEqual(failing({ samples, nodeVersion: '24.21.0' }), []);
});

test('an agent that is slower than its camera fails the soak', (t) => {
  const samples = [0, 5, 10].map((seconds) => sampleAt(seconds, { eventsPerSecond: 7 }));
  t.deepEqual(failing({ samples }), ['the agent kept up with the camera']);
});

test('messages that the outbox dropped fail the soak', (t) => {
  t.deepEqual(failing({ dropped: 1 }), ['messages dropped by the outbox']);
});

test('the report counts the faults that hit something', (t) => {
  const fault = { kind: 'cut' as const, from: 1, to: 2, detail: '{}' };
  const report = reportOf({
    ...GOOD,
    faults: [fault, fault, fault].map((each, i) => ({ ...each, hit: i > 0 })),
  });
  t.deepEqual(report.faults, { cut: 2 });
});
