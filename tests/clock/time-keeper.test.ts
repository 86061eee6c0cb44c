import {
  FURTHEST_MILLISECONDS,
  HEALED_MILLISECONDS,
  SAVE_MILLISECONDS,
  SETTLED_MILLISECONDS,
} from '@oneface/edge/clock/time-keeper';
import { EARLIEST_PLAUSIBLE } from '@oneface/edge/clock/time-quality';
import test from 'ava';
import fc from 'fast-check';
import { TurnedClock } from './turned-clock.js';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const SPRING = Date.UTC(2026, 2, 1);

test('a device without a battery clock starts in 1970: no time is trusted, certificates go by the last good one', async (t) => {
  const machine = new TurnedClock(42 * SECOND, SPRING);
  const keeper = await machine.keeper();
  t.is(keeper.quality(), 'unsynchronised');
  t.is(keeper.trustedNow(), undefined);
  t.is(keeper.certificateTime(), SPRING);
  t.regex(machine.lines.join(''), /clock is behind the last good time clock=1970-\S+ lastGood=2026-03-01/);
});

test('a device that has never heard a time server judges certificates by the earliest time that can be', async (t) => {
  const keeper = await new TurnedClock(42 * SECOND).keeper();
  t.is(keeper.certificateTime(), EARLIEST_PLAUSIBLE);
  t.is(keeper.trustedNow(), undefined);
});

test('a device that starts at its last shutdown has a time that can be, but none that is trusted', async (t) => {
  const keeper = await new TurnedClock(SPRING + DAY, SPRING).keeper();
  t.is(keeper.quality(), 'unsynchronised');
  t.is(keeper.certificateTime(), SPRING + DAY);
  t.is(keeper.trustedNow(), undefined);
});

test('once a time server has set the clock it is trusted, and the jump is logged with its size', async (t) => {
  const machine = new TurnedClock(42 * SECOND, SPRING);
  const keeper = await machine.keeper();
  machine.synchronise(SPRING + DAY);
  t.is(keeper.quality(), 'synchronised');
  t.is(keeper.trustedNow(), SPRING + DAY);
  t.is(keeper.certificateTime(), SPRING + DAY);
  t.is(keeper.jumps, 1);
  t.regex(machine.lines.join(''), /warn {2}the clock jumped seconds=1772409558 to=2026-03-02T00:00:00\.000Z/);
});

for (const [direction, by] of [
  ['forward', 400 * DAY],
  ['back', -400 * DAY],
] as const) {
  test(`a clock that jumps ${direction} during a session is no longer trusted, and time goes on from the last good one`, async (t) => {
    const machine = new TurnedClock(SPRING);
    const keeper = await machine.keeper();
    machine.synchronise(SPRING);
    t.is(keeper.quality(), 'synchronised');
    machine.time.spend(HOUR);
    machine.set(machine.now() + by);
    t.is(keeper.quality(), 'unsynchronised');
    t.is(keeper.trustedNow(), SPRING + HOUR);
    t.is(keeper.certificateTime(), SPRING + HOUR);
    machine.time.spend(HOUR);
    t.is(keeper.quality(), 'unsynchronised', 'the mark of the time server is still the old one');
    machine.synchronise(SPRING + 2 * HOUR);
    t.is(keeper.quality(), 'synchronised');
    t.is(keeper.trustedNow(), SPRING + 2 * HOUR);
    t.is(keeper.jumps, 2);
  });
}

test('a clock that is slewed by a time server has not jumped', async (t) => {
  const machine = new TurnedClock(SPRING);
  const keeper = await machine.keeper();
  for (let step = 0; step < 100; step += 1) {
    machine.time.spend(10 * SECOND);
    machine.time.wallOffset += 400;
    t.is(keeper.quality(), 'unsynchronised');
  }
  t.is(keeper.jumps, 0);
});

test('where nobody says what the clock is worth, a jump lowers its quality until it has been steady for a while', async (t) => {
  const machine = new TurnedClock(SPRING);
  machine.sync = { quality: 'unknown', mark: undefined };
  const keeper = await machine.keeper();
  t.is(keeper.quality(), 'unknown');
  machine.set(SPRING + 3 * SECOND);
  t.is(keeper.quality(), 'unsynchronised');
  machine.time.spend(SETTLED_MILLISECONDS - 1);
  t.is(keeper.quality(), 'unsynchronised');
  machine.time.spend(1);
  t.is(keeper.quality(), 'unknown');
  t.is(keeper.trustedNow(), undefined);
});

test('where nobody says what the clock is worth, a time before the last good one is wrong', async (t) => {
  const machine = new TurnedClock(SPRING - DAY, SPRING);
  machine.sync = { quality: 'unknown', mark: undefined };
  t.is((await machine.keeper()).quality(), 'unsynchronised');
});

test('a clock far ahead that no time server vouches for does not make certificates expire', async (t) => {
  for (const floor of [undefined, SPRING]) {
    const machine = new TurnedClock((floor ?? EARLIEST_PLAUSIBLE) + FURTHEST_MILLISECONDS + 1, floor);
    const keeper = await machine.keeper();
    t.is(keeper.certificateTime(), floor ?? EARLIEST_PLAUSIBLE);
    machine.sync = { quality: 'unknown', mark: undefined };
    t.is(keeper.quality(), 'unsynchronised');
  }
});

test('a clock that a time server keeps is believed however long the device lay in a cupboard', async (t) => {
  const machine = new TurnedClock(0, SPRING);
  const keeper = await machine.keeper();
  machine.synchronise(SPRING + 2 * FURTHEST_MILLISECONDS);
  t.is(keeper.certificateTime(), SPRING + 2 * FURTHEST_MILLISECONDS);
});

test('the last good time is kept once the clock has been right for a while, then seldom, and at the end', async (t) => {
  const machine = new TurnedClock(SPRING);
  const keeper = await machine.keeper();
  machine.synchronise(SPRING);
  await machine.run(keeper, 3 * HOUR);
  const [first = 0, ...others] = machine.written;
  t.true(first >= SPRING + SETTLED_MILLISECONDS && first < SPRING + SETTLED_MILLISECONDS + MINUTE);
  t.is(others.at(-1), SPRING + 3 * HOUR);
  t.is(machine.written.length, Math.ceil((3 * HOUR - SETTLED_MILLISECONDS) / SAVE_MILLISECONDS) + 1);
  const restarted = await new TurnedClock(0, machine.floor).keeper();
  t.is(restarted.certificateTime(), SPRING + 3 * HOUR);
});

test('a clock that nobody keeps never becomes the last good time', async (t) => {
  for (const quality of ['unsynchronised', 'unknown'] as const) {
    const machine = new TurnedClock(SPRING);
    machine.sync = { quality, mark: undefined };
    await machine.run(await machine.keeper(), 5 * HOUR);
    t.deepEqual(machine.written, []);
  }
});

test('a time server that is wrong for a moment does not become the last good time', async (t) => {
  const machine = new TurnedClock(SPRING, SPRING);
  const keeper = await machine.keeper();
  machine.synchronise(SPRING + 4000 * DAY);
  await machine.run(keeper, SETTLED_MILLISECONDS - MINUTE);
  machine.synchronise(SPRING + HOUR);
  await machine.run(keeper, SETTLED_MILLISECONDS - MINUTE);
  t.deepEqual(machine.written, []);
  t.is(keeper.certificateTime(), machine.now());
});

test('a last good time that was wrong is given up when a time server insists for a day', async (t) => {
  const machine = new TurnedClock(SPRING, SPRING + 4000 * DAY);
  const keeper = await machine.keeper();
  machine.synchronise(SPRING);
  await machine.run(keeper, HEALED_MILLISECONDS - MINUTE);
  t.is(keeper.certificateTime(), SPRING + 4000 * DAY);
  t.deepEqual(machine.written, []);
  await machine.run(keeper, 2 * MINUTE);
  t.is(keeper.certificateTime(), machine.now());
  t.true((machine.floor ?? 0) < SPRING + 2 * DAY);
  t.regex(machine.lines.join(''), /the last good time was wrong and is given up/);
});

test('those who have to be asked are asked more often while the clock is not right, and at once after a jump', async (t) => {
  const machine = new TurnedClock(SPRING);
  let asked = 0;
  machine.onRefresh = () => {
    asked += 1;
  };
  const keeper = await machine.keeper();
  await machine.run(keeper, 10 * MINUTE);
  t.true(asked >= 10 && asked <= 12, `${asked}`);
  machine.synchronise(machine.now());
  asked = 0;
  await machine.run(keeper, 50 * MINUTE);
  t.true(asked >= 9 && asked <= 11, `${asked}`);
  asked = 0;
  machine.set(machine.now() + DAY);
  await machine.look(keeper);
  t.is(asked, 1);
});

test('a jump that is seen between two looks is not forgotten: it is asked about at the next one', async (t) => {
  const machine = new TurnedClock(SPRING);
  const keeper = await machine.keeper();
  machine.synchronise(SPRING);
  await machine.look(keeper);
  machine.set(SPRING + DAY);
  t.is(keeper.quality(), 'unsynchronised', 'an event asks first');
  machine.onRefresh = () => machine.synchronise(machine.now());
  await machine.look(keeper);
  t.is(keeper.quality(), 'synchronised');
});

test('whatever the clock does, certificates are never judged by a time before the last good one, and trusted time never runs back', async (t) => {
  const turns = fc.array(
    fc.oneof(
      fc.record({ kind: fc.constant('pass' as const), by: fc.integer({ min: 0, max: DAY }) }),
      fc.record({
        kind: fc.constant('jump' as const),
        by: fc.integer({ min: -9000 * DAY, max: 9000 * DAY }),
      }),
      fc.record({ kind: fc.constant('lose' as const), by: fc.constant(0) }),
    ),
    { maxLength: 20 },
  );
  await fc.assert(
    fc.asyncProperty(turns, async (steps) => {
      const machine = new TurnedClock(SPRING, SPRING);
      const keeper = await machine.keeper();
      machine.synchronise(SPRING);
      t.is(keeper.trustedNow(), SPRING);
      for (const { kind, by } of steps) {
        if (kind === 'pass') machine.time.spend(by);
        else if (kind === 'jump') machine.set(machine.now() + by);
        else machine.sync = { quality: 'unsynchronised', mark: undefined };
        await machine.look(keeper);
        const true_ = SPRING + machine.time.clock.monotonic();
        // Below the smallest jump that counts, the wall clock is taken at its word.
        t.true(Math.abs((keeper.trustedNow() ?? 0) - true_) <= 2000 * steps.length);
        t.true(keeper.certificateTime() >= SPRING);
      }
    }),
    { numRuns: 200 },
  );
});
