import type { PresenceChange } from '@oneface/edge/presence/presence';
import { qualityOf } from '@oneface/edge/presence/quality';
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { faceAt } from './faces.js';
import { OPTIONS, type Walk, Watch, walkerAt } from './walks.js';

const real = (min: number, max: number) => fc.double({ min, max, noNaN: true });

/** The finder's scatter: a twentieth of the template at most. */
const scatter = fc.record({ x: real(-0.05, 0.05), y: real(-0.05, 0.05), side: real(-0.05, 0.05) });
const look = fc.record({ scatter, missed: fc.boolean() });

const walk: fc.Arbitrary<Walk> = fc.record({
  x: real(150, 490),
  y: real(150, 330),
  side: real(60, 200),
  across: real(-1, 1),
  growth: real(-0.03, 0.7),
});

/**
 * Keeps misses short: one frame until the face is confirmed, then up to a second in which the walker goes on.
 */
function withShortMisses<T extends { missed: boolean }>(looks: readonly T[], perSecond: number): T[] {
  let [run, seen] = [0, 0];
  return looks.map((one, index) => {
    const longest = seen < OPTIONS.confirmFrames ? 1 : perSecond;
    const missed = one.missed && run < longest && index > 0;
    run = missed ? run + 1 : 0;
    if (!missed) seen += 1;
    return { ...one, missed };
  });
}

/** What must hold of any story, and which presences are open at its end. */
function checkStory(t: ExecutionContext, told: readonly PresenceChange[]): Set<number> {
  const open = new Map<number, PresenceChange>();
  let lastId = 0;
  for (const change of told) {
    const { id, frames, milliseconds, best } = change.presence;
    if (change.kind === 'enter') {
      t.is(id, lastId + 1, 'ids count up');
      lastId = id;
    } else {
      const before = open.get(id)?.presence;
      if (before === undefined) return t.fail(`${change.kind} ${id} without enter`) as never;
      t.true(frames >= before.frames && milliseconds >= before.milliseconds);
      t.true(qualityOf(best.face) >= qualityOf(before.best.face), 'the best frame never gets worse');
      if (change.kind === 'update') t.true(milliseconds - before.milliseconds >= 1000 - 1e-6);
    }
    t.true(frames >= OPTIONS.confirmFrames);
    if (change.kind === 'leave') open.delete(id);
    else open.set(id, change);
  }
  return new Set(open.keys());
}

test('one walking face with scatter and misses gives exactly one enter and one leave', (t) => {
  const looks = fc.array(look, { minLength: 20, maxLength: 80 });
  fc.assert(
    fc.property(walk, fc.integer({ min: 4, max: 15 }), looks, (walker, perSecond, given) => {
      const watch = new Watch();
      for (const [index, one] of withShortMisses(given, perSecond).entries()) {
        const face = walkerAt(walker, index / perSecond, one.scatter);
        watch.frame(1000 / perSecond, ...(one.missed ? [] : [face]));
      }
      for (let frame = 0; frame <= 2 * perSecond; frame++) watch.frame(1000 / perSecond);
      t.deepEqual(watch.comings, ['enter 1', 'leave 1 left']);
      checkStory(t, watch.told);
    }),
    { numRuns: 300 },
  );
});

test('k faces that keep apart give k presences', (t) => {
  const looks = fc.array(fc.array(look, { minLength: 6, maxLength: 6 }), { minLength: 20, maxLength: 40 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 6 }), looks, (count, given) => {
      const watch = new Watch();
      const walkers = Array.from({ length: count }, (_, index) => ({
        x: 110 + (index % 3) * 210,
        y: index < 3 ? 120 : 360,
        side: 90,
        across: 0.1 * (index % 2),
        growth: 0.02,
      }));
      const columns = walkers.map((_, index) =>
        withShortMisses(
          given.map((row) => row[index]),
          10,
        ),
      );
      for (let frame = 0; frame < given.length; frame++) {
        const faces = walkers.flatMap((walker, index) => {
          const { missed, scatter: off } = columns[index][frame];
          return missed ? [] : [walkerAt(walker, frame / 10, off)];
        });
        watch.frame(100, ...faces);
      }
      t.is(watch.comings.length, count);
      t.is(checkStory(t, watch.told).size, count);
      watch.note(watch.tracker.stop());
      t.is(checkStory(t, watch.told).size, 0);
    }),
    { numRuns: 100 },
  );
});

const anyFace = fc
  .tuple(real(0, 640), real(0, 480), real(30, 500), real(0.55, 1))
  .map(([x, y, side, score]) => faceAt(x, y, side, { score }));
const step = fc.oneof(
  { weight: 12, arbitrary: fc.record({ faces: fc.array(anyFace, { maxLength: 20 }) }) },
  { weight: 1, arbitrary: fc.constantFrom('unseen' as const, 'noFrames' as const, 'stop' as const) },
);
const anything = fc.array(fc.tuple(real(1, 3000), step), { maxLength: 60 });

function play(
  watch: Watch,
  steps: readonly (readonly [number, typeof step extends fc.Arbitrary<infer T> ? T : never])[],
) {
  for (const [milliseconds, what] of steps) {
    if (typeof what === 'object') {
      watch.frame(milliseconds, ...what.faces);
    } else {
      watch.now += milliseconds;
      watch.note(watch.tracker[what]());
    }
  }
  watch.note(watch.tracker.stop());
}

test('whatever is found: no leave without its enter, one leave for each enter, ids count up', (t) => {
  fc.assert(
    fc.property(anything, (steps) => {
      const watch = new Watch();
      play(watch, steps);
      t.is(checkStory(t, watch.told).size, 0);
    }),
    { numRuns: 200 },
  );
});

test('jumps of the wall clock change nothing but the times', (t) => {
  const times = fc.array(fc.integer({ min: 0, max: Date.UTC(2100, 0) }), { minLength: 1 });
  fc.assert(
    fc.property(anything, times, (steps, jumps) => {
      const [steady, jumping] = [new Watch(), new Watch()];
      let frame = 0;
      jumping.wallClock = () => jumps[frame++ % jumps.length];
      play(steady, steps);
      play(jumping, steps);
      const withoutTimes = ({ told }: Watch) =>
        told.map(({ presence, ...change }) => {
          const { since: _, best, ...rest } = presence;
          return { ...change, ...rest, best: { ...best, facts: { ...best.facts, capturedAt: 0 } } };
        });
      t.deepEqual(withoutTimes(jumping), withoutTimes(steady));
    }),
    { numRuns: 100 },
  );
});
