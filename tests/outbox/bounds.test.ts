import { chooseRun } from '@oneface/edge/outbox/compaction';
import { emptySegment, type Segment } from '@oneface/edge/outbox/segment';
import test from 'ava';
import fc from 'fast-check';
import { addEvents, openTrial } from './support/open-trial.js';
import type { Trial } from './support/trial.js';

const MEBIBYTE = 1024 * 1024;
const DAY = 24 * 60 * 60_000;
/** Longer than from one look at the ages to the next. */
const SWEEP = 60_000;

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

test('without room, health goes first, then replies, then the oldest events, and each is counted', async (t) => {
  const trial = await openTrial({ payloadBytes: 15_000 });
  const { outbox } = trial;
  for (let count = 0; count < 12; count += 1) {
    await trial.addHealth(4000);
    if (count < 3) await outbox.add('reply', { topic: 'replies', payload: 'y'.repeat(15_000) });
  }
  for (let id = 1; id <= 80; id += 1) {
    await trial.addEvent(id);
    const { health, reply, event } = outbox.state.dropped;
    if (reply > 0) t.is(health, 12);
    if (event > 0) t.is(reply, 3);
  }
  const { event } = outbox.state.dropped;
  t.true(event > 0 && event < 40, String(event));
  t.is(outbox.state.messages, 80 - event);
  // A restart brings nothing back: a gap stays a gap.
  trial.losePower('short');
  await trial.open();
  await trial.drain();
  t.deepEqual(
    trial.missing().map(({ position }) => position?.sequence),
    range(1, event),
  );
  t.deepEqual(trial.faults, []);
});

test('the files never take more than their bound, however long the broker is away', async (t) => {
  const trial = await openTrial({ payloadBytes: 9000 });
  let most = 0;
  trial.disk.choose = () => {
    most = Math.max(most, trial.disk.bytes);
    return undefined;
  };
  await addEvents(trial, 1, 400);
  t.true(most <= MEBIBYTE, String(most));
  t.true(most > MEBIBYTE / 2, String(most));
});

test('a message under way that was dropped counts only if the broker does not get it', async (t) => {
  const trial = await openTrial({ payloadBytes: 15_000 });
  await addEvents(trial, 1, 3);
  for (let count = 0; count < 3; count += 1) await trial.take();
  for (let id = 4; !trial.logged.some((line) => line.includes('is full')); id += 1) await trial.addEvent(id);
  const before = trial.outbox.state.dropped.event;
  // The first is acknowledged after all, the others are lost with the connection.
  await trial.settle(0);
  trial.release();
  t.is(trial.outbox.state.dropped.event, before + 2);
  t.is((await trial.takeAll()).at(0), before + 4);
});

test('one old message that is not acknowledged does not make the disk grow', async (t) => {
  const trial = await openTrial({ payloadBytes: 3000 });
  await trial.addEvent(1);
  await trial.take();
  let most = 0;
  for (let id = 2; id < 500; id += 1) {
    await trial.addEvent(id);
    await trial.take();
    await trial.settle(1);
    most = Math.max(most, trial.disk.bytes);
  }
  t.true(most < 6 * (MEBIBYTE / 16), String(most));
  t.true(trial.disk.files().length < 12);
  t.is(trial.outbox.state.dropped.event, 0);
  trial.kill();
  await trial.open();
  t.deepEqual(await trial.takeAll(), [1]);
  t.deepEqual(trial.faults, []);
});

/** Two segments of messages under way, one of each settled; then others come and go until segments are joined. */
async function fragment(trial: Trial): Promise<void> {
  await addEvents(trial, 1, 10);
  await trial.takeAll();
  await trial.settle(7);
  await trial.settle(2);
  for (let id = 11; id <= 30 && trial.isOpen; id += 1) {
    await trial.addEvent(id);
    if (trial.disk.wasKilled) return;
    await trial.take();
    await trial.settle(8);
  }
}

/** Name of a segment that comes in the place of others. */
const JOINED = /\d-\d+\.v1\.new$/;
const LEFT = [1, 2, 4, 5, 6, 7, 9, 10];

test('segments behind one that is still wanted are put together, and what they settled stays settled', async (t) => {
  const trial = await openTrial({ payloadBytes: 15_000 });
  let joined = 0;
  trial.disk.choose = ({ name, path }) => {
    if (name === 'rename' && JOINED.test(path)) joined += 1;
    return undefined;
  };
  await fragment(trial);
  t.true(joined > 0);
  t.true(trial.disk.bytes < 4 * (MEBIBYTE / 16), String(trial.disk.bytes));
  trial.kill();
  await trial.open();
  t.deepEqual(await trial.takeAll(), LEFT);
  t.deepEqual(trial.faults, []);
});

test('a process killed at any call while segments are put together brings nothing back', async (t) => {
  for (let call = 1; ; call += 1) {
    const trial = await openTrial({ payloadBytes: 15_000 });
    let calls = 0;
    let isJoining = false;
    trial.disk.choose = ({ name, path }) => {
      // The first time that a segment comes in the place of others.
      if (name === 'create' && JOINED.test(path)) isJoining = true;
      if (isJoining) calls += 1;
      return calls === call ? 'kill' : undefined;
    };
    await fragment(trial);
    if (!trial.disk.wasKilled) {
      t.true(call > 8, String(call));
      return;
    }
    trial.kill();
    trial.mend();
    await trial.open();
    const ids = await trial.takeAll();
    // The last event may have been on its way to the disk, or its acknowledgement.
    t.deepEqual(
      ids.filter((id) => Number(id) <= 10),
      LEFT,
      `killed at call ${call}`,
    );
    t.true(ids.length <= LEFT.length + 2, String(ids));
    t.deepEqual(trial.faults, []);
  }
});

test('many restarts without a broker do not make the folder grow', async (t) => {
  const trial = await openTrial();
  for (let id = 1; id <= 60; id += 1) {
    await trial.addEvent(id);
    trial.kill();
    await trial.open();
  }
  t.true(trial.disk.files().length < 30, String(trial.disk.files().length));
  t.deepEqual(await trial.takeAll(), range(1, 60));
});

test('a message older than the highest age is dropped, by a clock that never jumps', async (t) => {
  let wall: number | undefined;
  const trial = await openTrial({ maxAge: 7 * DAY, trustedNow: () => wall });
  await trial.addEvent(1);
  for (const jump of [0, Date.UTC(2026, 0, 1), Date.UTC(2099, 0, 1), Date.UTC(1970, 0, 2)]) {
    wall = jump;
    await trial.time.advance(SWEEP);
    t.is(trial.outbox.state.messages, 1);
  }
  await trial.time.jump(6 * DAY);
  await trial.addEvent(2);
  t.is(trial.outbox.state.messages, 2);
  await trial.time.jump(DAY);
  t.deepEqual(trial.outbox.state.dropped, { health: 0, reply: 0, event: 1 });
  trial.kill();
  await trial.open();
  t.deepEqual(await trial.takeAll(), [2]);
});

test('over a restart the age counts only when the clock was trusted before and after', async (t) => {
  const clock = { trusted: undefined as number | undefined };
  const start = Date.UTC(2026, 0, 1);
  const trial = await openTrial({ maxAge: 7 * DAY, trustedNow: () => clock.trusted });
  await trial.addEvent(1);
  trial.kill();
  clock.trusted = start;
  await trial.open();
  await trial.addEvent(2);
  trial.kill();
  // Restarted in 1970, with no time server: nothing has an age.
  clock.trusted = undefined;
  await trial.open();
  await trial.time.advance(SWEEP);
  t.is(trial.outbox.state.messages, 2);
  t.true(trial.outbox.state.oldestAge <= SWEEP);
  await trial.addEvent(3);
  // Now the time is known: the second is eight days old, and the first was there before it.
  clock.trusted = start + 8 * DAY;
  await trial.time.advance(SWEEP);
  t.is(trial.outbox.state.dropped.event, 2);
  t.deepEqual(await trial.takeAll(), [3]);
  t.deepEqual(trial.faults, []);
});

test('a clock that jumps back makes no message of an earlier run younger than this run', async (t) => {
  const clock = { trusted: Date.UTC(2026, 5, 1) as number | undefined };
  const trial = await openTrial({ maxAge: 7 * DAY, trustedNow: () => clock.trusted });
  await trial.addEvent(1);
  trial.kill();
  clock.trusted = Date.UTC(2025, 5, 1);
  await trial.open();
  await trial.time.jump(6 * DAY);
  t.is(trial.outbox.state.messages, 1);
  await trial.time.jump(2 * DAY);
  t.is(trial.outbox.state.messages, 0);
});

const segments: fc.Arbitrary<Segment[]> = fc
  .array(
    fc.record({
      size: fc.integer({ min: 64, max: 1000 }),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
    {
      maxLength: 30,
    },
  )
  .map((all) =>
    all.map(({ size, share }, index) => ({
      ...emptySegment('event', index + 1),
      size,
      liveBytes: Math.floor((size - 64) * share),
    })),
  );

test('putting segments together always leaves one segment, and saves what it should or spares many files', (t) => {
  fc.assert(
    fc.property(segments, fc.integer({ min: 1, max: 1000 }), (all, leastGain) => {
      const run = chooseRun(all, 1000, leastGain);
      if (run === undefined) return;
      const some = all.slice(run.from, run.to + 1);
      const live = some.reduce((sum, { liveBytes }) => sum + liveBytes, 0);
      const bytes = some.reduce((sum, { size }) => sum + size, 0);
      t.true(live <= 1000);
      t.true(bytes - live >= leastGain || some.length >= 8);
    }),
  );
});

test('segments that are mostly settled are always worth putting together', (t) => {
  fc.assert(
    fc.property(segments, (all) => {
      const mostlySettled = all.map((segment) => ({
        ...segment,
        size: 1000,
        liveBytes: Math.floor(segment.liveBytes / 4),
      }));
      const run = chooseRun(mostlySettled, 1000, 1001);
      t.is(run !== undefined, all.length > 1);
    }),
  );
});
