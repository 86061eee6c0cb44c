import test from 'ava';
import fc from 'fast-check';
import type { Judgement } from '../../deploy/soak/judge.js';
import { type EventFields, payload } from './log-events.js';
import { loadSoak } from './soak-modules.js';

const { Judge, LATEST_UNMARKED_MILLISECONDS } =
  await loadSoak<typeof import('../../deploy/soak/judge.js')>('judge');

const NOW = Date.parse('2026-03-01T12:30:00.250Z');
const CLEAN = { lost: 0, conflicting: 0, reordered: 0, backward: 0, invalid: 0, unmarked: 0 };

function judge(...events: readonly EventFields[]): Judgement {
  const judge = new Judge();
  for (const event of events) judge.take(payload(event), NOW);
  return judge.judge();
}

function sequences(...numbers: readonly number[]): EventFields[] {
  return numbers.map((sequence) => ({ sequence }));
}

test('a whole log in order passes', (t) => {
  const { failures, events, repeats, logs } = judge(...sequences(1, 2, 3));
  t.deepEqual(failures, CLEAN);
  t.is(events, 3);
  t.is(repeats, 0);
  t.deepEqual(
    logs.map(({ last }) => last),
    [3],
  );
});

test('the latency of an event is told when it arrives', (t) => {
  t.is(new Judge().take(payload({ sequence: 1 }), NOW)?.latency, 250);
});

test('every event that is left out between others is counted as lost', (t) => {
  const { failures, examples } = judge(...sequences(1, 2, 5, 6, 8));
  t.deepEqual(failures, { ...CLEAN, lost: 3 });
  t.deepEqual(examples, ['event 3 never came', 'event 4 never came', 'event 7 never came']);
});

test('a log whose first event is not there has lost it', (t) => {
  t.is(judge(...sequences(2, 3)).failures.lost, 1);
});

test('a repeat is counted and allowed, also when only then it is historical', (t) => {
  const { failures, events, repeats } = judge(
    ...sequences(1, 2),
    { sequence: 2, historical: true },
    ...sequences(1, 3),
  );
  t.deepEqual(failures, CLEAN);
  t.is(events, 3);
  t.is(repeats, 2);
});

test('a repeat is not told as a new arrival', (t) => {
  const judge = new Judge();
  t.truthy(judge.take(payload({ sequence: 1 }), NOW));
  t.is(judge.take(payload({ sequence: 1 }), NOW), undefined);
});

test('a number given to two different events is a failure', (t) => {
  t.is(judge({ sequence: 1 }, { sequence: 1, find: 11 }).failures.conflicting, 1);
});

test('a number given to an event of another boot is a failure', (t) => {
  t.is(judge({ sequence: 1 }, { sequence: 1, boot: 2 }).failures.conflicting, 1);
});

test('an event that first comes after a later one is a failure, though none is lost', (t) => {
  const { failures } = judge(...sequences(1, 3, 2, 4));
  t.deepEqual(failures, { ...CLEAN, reordered: 1 });
});

test('a frame older than that of the event before is a failure', (t) => {
  const { failures } = judge({ sequence: 1, frame: 5 }, { sequence: 2, frame: 4 });
  t.deepEqual(failures, { ...CLEAN, backward: 1 });
});

test('two faces of one frame are no failure', (t) => {
  t.deepEqual(judge({ sequence: 1, frame: 5 }, { sequence: 2, frame: 5 }).failures, CLEAN);
});

test('frames count from 1 again after a restart of the device', (t) => {
  const { failures, boots } = judge({ sequence: 1, frame: 900 }, { sequence: 2, boot: 2, frame: 1 });
  t.deepEqual(failures, CLEAN);
  t.is(boots, 2);
});

test('a boot that comes back after another is a failure', (t) => {
  const { failures } = judge({ sequence: 1 }, { sequence: 2, boot: 2 }, { sequence: 3 });
  t.is(failures.backward, 1);
});

test('each log counts from 1', (t) => {
  const { failures, logs } = judge(...sequences(1, 2), { sequence: 1, log: 2, kept: false });
  t.deepEqual(failures, CLEAN);
  t.deepEqual(
    logs.map(({ last, kept }) => [last, kept]),
    [
      [2, true],
      [1, false],
    ],
  );
});

test('a payload that is no event, and a status that is none, are failures', (t) => {
  const judge = new Judge();
  t.is(judge.take('{', NOW), undefined);
  t.is(judge.take('{"kind":"face"}', NOW), undefined);
  t.is(judge.takeStatus('[]'), undefined);
  t.is(judge.judge().failures.invalid, 3);
});

test('an event that comes very late must be marked historical', (t) => {
  const late = NOW + LATEST_UNMARKED_MILLISECONDS;
  const judge = new Judge();
  judge.take(payload({ sequence: 1, historical: true }), late);
  t.deepEqual(judge.judge().failures, CLEAN);
  judge.take(payload({ sequence: 2 }), late);
  t.is(judge.judge().failures.unmarked, 1);
});

test('whatever is left out, repeated or moved of a whole log, the judge says so', (t) => {
  const log = Array.from({ length: 30 }, (_, index) => index + 1);
  const middle = fc.integer({ min: 1, max: 28 });
  fc.assert(
    fc.property(middle, fc.constantFrom('lose', 'repeat', 'move'), (index, change) => {
      const arrivals = [...log];
      const [sequence] = arrivals.splice(index, change === 'repeat' ? 0 : 1);
      if (change === 'repeat') arrivals.push(arrivals[index]);
      if (change === 'move') arrivals.push(sequence);
      const { failures, repeats } = judge(...sequences(...arrivals));
      t.is(failures.lost, change === 'lose' ? 1 : 0);
      t.is(failures.reordered, change === 'move' ? 1 : 0);
      t.is(repeats, change === 'repeat' ? 1 : 0);
    }),
    { numRuns: 60 },
  );
});
