import test, { type ExecutionContext } from 'ava';
import { addEvents, openTrial } from './support/open-trial.js';
import type { DiskCall, DiskFault } from './support/simulated-disk.js';
import { idle } from './support/test-time.js';
import type { Trial } from './support/trial.js';

const RETRY = 60_000;

async function settleAll(trial: Trial): Promise<void> {
  while (trial.taken.length > 0) await trial.settle(0);
}

/** Has the next calls of these names go wrong, so many of them. */
function fail(trial: Trial, names: readonly DiskCall['name'][], fault: DiskFault, times = Infinity): void {
  let left = times;
  trial.disk.choose = ({ name }) => {
    if (!names.includes(name) || left <= 0) return undefined;
    left -= 1;
    return fault;
  };
}

const placeOf = (trial: Trial, id: number) => {
  const position = trial.added.get(id)?.position;
  return position && { log: position.log.id, kept: position.log.kept, sequence: position.sequence };
};

function goesOnInMemory(t: ExecutionContext, trial: Trial, id: number, first: number): void {
  t.false(trial.outbox.state.kept);
  t.like(placeOf(trial, id), { kept: false, sequence: 1 });
  t.not(placeOf(trial, id)?.log, placeOf(trial, first)?.log);
  t.regex(trial.logged.join('\n'), /error outbox cannot keep messages on disk, going on in memory/);
}

test('an event cannot be taken before its fsync is done', async (t) => {
  const trial = await openTrial();
  const taken: unknown[] = [];
  trial.disk.choose = ({ name }) => {
    if (name === 'write' || name === 'sync') taken.push(trial.outbox.take());
    return undefined;
  };
  await addEvents(trial, 1, 1);
  t.deepEqual(taken, [undefined, undefined]);
  t.deepEqual(await trial.takeAll(), [1]);
});

test('events that come at the same time share one fsync', async (t) => {
  const trial = await openTrial();
  let syncs = 0;
  trial.disk.choose = ({ name }) => {
    if (name === 'sync') syncs += 1;
    return undefined;
  };
  await Promise.all(Array.from({ length: 50 }, (_, id) => trial.addEvent(id)));
  t.is(syncs, 1);
  t.is((await trial.takeAll()).length, 50);
});

test('with fsync at intervals, an event is kept at once and can be taken after the interval', async (t) => {
  const trial = await openTrial({ sync: 'interval' });
  await addEvents(trial, 1, 3);
  t.true(trial.added.get(3)?.kept);
  t.deepEqual(await trial.takeAll(), [1]);
  await trial.time.advance(1000);
  t.deepEqual(await trial.takeAll(), [2, 3]);
});

test('what a failed fsync leaves is not trusted: the events are written again in a new segment', async (t) => {
  const trial = await openTrial();
  await addEvents(trial, 1, 2);
  fail(trial, ['sync'], { code: 'EIO' }, 1);
  await addEvents(trial, 3, 4);
  t.true(trial.outbox.state.kept);
  trial.losePower('short');
  await trial.open();
  t.deepEqual(await trial.takeAll(), [1, 2, 3, 4]);
  t.deepEqual(trial.faults, []);
});

test('a group that went on in memory never comes back from the disk, even if its file could not be cut', async (t) => {
  const trial = await openTrial();
  await addEvents(trial, 1, 2);
  fail(trial, ['sync', 'truncate'], { code: 'EIO' });
  await addEvents(trial, 3, 4);
  goesOnInMemory(t, trial, 3, 1);
  await trial.heal();
  await addEvents(trial, 5, 5);
  t.deepEqual(placeOf(trial, 5), { ...placeOf(trial, 1), sequence: 3 });
  trial.kill();
  await trial.open();
  t.deepEqual(await trial.takeAll(), [1, 2, 3, 4, 5]);
  t.deepEqual(trial.faults, []);
});

test('a group that went on in memory never comes back from a file that was cut, while the disk is still broken', async (t) => {
  const trial = await openTrial();
  await addEvents(trial, 1, 2);
  fail(trial, ['create'], { code: 'EIO' });
  const broken = trial.disk.choose;
  let isFirst = true;
  trial.disk.choose = (call) => {
    if (call.name !== 'sync' || !isFirst) return broken(call);
    isFirst = false;
    return { code: 'EIO' };
  };
  await addEvents(trial, 3, 3);
  goesOnInMemory(t, trial, 3, 1);
  t.deepEqual(await trial.takeAll(), [1, 2, 3]);
  trial.kill();
  trial.mend();
  await trial.open();
  t.deepEqual(await trial.takeAll(), [1, 2]);
  t.deepEqual(trial.faults, []);
});

test('what voids the end of a file outlives the message that lay beside it', async (t) => {
  const trial = await openTrial();
  await addEvents(trial, 1, 2);
  fail(trial, ['sync', 'truncate'], { code: 'EIO' });
  await addEvents(trial, 3, 3);
  goesOnInMemory(t, trial, 3, 1);
  // Now the second segment holds what was in memory, and the word on the end of the first one.
  await trial.heal();
  trial.kill();
  await trial.open();
  t.deepEqual(await trial.takeAll(), [1, 2, 3]);
  await trial.settle(2);
  for (let life = 0; life < 3; life += 1) {
    trial.kill();
    await trial.open();
    t.deepEqual(await trial.takeAll(), [1, 2]);
  }
  t.deepEqual(trial.faults, []);
});

test('what voids the end of a file outlives the putting together of those behind it', async (t) => {
  const trial = await openTrial({ payloadBytes: 15_000 });
  await addEvents(trial, 1, 4);
  fail(trial, ['sync', 'truncate'], { code: 'EIO' });
  await addEvents(trial, 5, 5);
  goesOnInMemory(t, trial, 5, 1);
  await trial.heal();
  t.deepEqual(await trial.takeAll(), [1, 2, 3, 4, 5]);
  for (let id = 6; id <= 40; id += 1) {
    await trial.addEvent(id);
    await trial.take();
    await trial.settle(5);
  }
  trial.kill();
  await trial.open();
  t.deepEqual(await trial.takeAll(), [1, 2, 3, 4, 5]);
  t.deepEqual(trial.faults, []);
});

test('what was dropped stays dropped when the word on it has to be written again', async (t) => {
  const trial = await openTrial({ maxAge: 60_000 });
  await addEvents(trial, 1, 2);
  fail(trial, ['sync'], { code: 'EIO' }, 1);
  await trial.time.advance(100_000);
  t.is(trial.outbox.state.dropped.event, 2);
  t.true(trial.outbox.state.kept);
  trial.losePower('short');
  await trial.open();
  t.deepEqual(await trial.takeAll(), []);
});

test('on a full disk, settled segments go first, then health messages, then it goes on in memory', async (t) => {
  const trial = await openTrial({ payloadBytes: 15_000 });
  for (let count = 0; count < 30; count += 1) await trial.addHealth();
  await addEvents(trial, 1, 6);
  trial.disk.capacity = trial.disk.bytes;
  t.is(trial.outbox.state.messages, 36);
  // Nothing is settled: the health messages make just enough room for the head of a segment.
  await addEvents(trial, 7, 7);
  t.is(trial.outbox.state.dropped.health, 30);
  goesOnInMemory(t, trial, 7, 1);
  // What it has is still delivered, and makes room on disk as it goes.
  t.deepEqual(await trial.takeAll(), [1, 2, 3, 4, 5, 6, 7]);
  await settleAll(trial);
  await trial.time.advance(RETRY);
  await addEvents(trial, 8, 8);
  t.deepEqual(placeOf(trial, 8), { ...placeOf(trial, 1), sequence: 7 });
  t.true(trial.outbox.state.kept);
  t.deepEqual(trial.outbox.state.dropped, { health: 30, reply: 0, event: 0 });
});

test('a disk that is full when the outbox opens still gives up its messages', async (t) => {
  const trial = await openTrial();
  await addEvents(trial, 1, 3);
  trial.kill();
  trial.disk.capacity = trial.disk.bytes;
  await trial.open();
  await addEvents(trial, 4, 4);
  goesOnInMemory(t, trial, 4, 1);
  t.deepEqual(await trial.takeAll(), [1, 2, 3, 4]);
});

for (const when of ['before the outbox opens', 'while the outbox is open']) {
  test(`a disk that becomes read-only ${when} is read, and written again when it can be`, async (t) => {
    const trial = await openTrial();
    await addEvents(trial, 1, 3);
    if (when.startsWith('before')) trial.kill();
    trial.disk.readOnly = true;
    if (!trial.isOpen) await trial.open();
    await addEvents(trial, 4, 5);
    goesOnInMemory(t, trial, 4, 1);
    t.deepEqual(await trial.takeAll(), [1, 2, 3, 4, 5]);
    await settleAll(trial);
    await addEvents(trial, 6, 6);
    trial.disk.readOnly = false;
    await trial.time.advance(RETRY);
    t.true(trial.outbox.state.kept);
    t.regex(trial.logged.at(-1) ?? '', /info outbox keeps messages on disk/);
    await addEvents(trial, 7, 7);
    t.deepEqual(placeOf(trial, 7), { ...placeOf(trial, 1), sequence: 4 });
    // What waited in memory is on disk by now.
    trial.kill();
    await trial.open();
    t.deepEqual(await trial.takeAll(), [6, 7]);
    t.deepEqual(trial.faults, []);
  });
}

test('a folder that cannot be read at first is opened when it can be', async (t) => {
  const trial = await openTrial();
  await addEvents(trial, 1, 2);
  trial.kill();
  fail(trial, ['list'], { code: 'EACCES' });
  await trial.open();
  await addEvents(trial, 3, 3);
  goesOnInMemory(t, trial, 3, 1);
  t.deepEqual(await trial.takeAll(), [3]);
  await trial.heal();
  await addEvents(trial, 4, 4);
  t.deepEqual(placeOf(trial, 4), { ...placeOf(trial, 1), sequence: 3 });
  t.deepEqual(await trial.takeAll(), [1, 2, 4]);
  t.deepEqual(trial.faults, []);
});

test('while the disk cannot be read, messages in memory are not held up by those on it', async (t) => {
  const trial = await openTrial();
  await addEvents(trial, 1, 2);
  trial.kill();
  fail(trial, ['create', 'read'], { code: 'EIO' });
  let reads = 0;
  const broken = trial.disk.choose;
  // The scan at the start gets through, then the disk dies.
  trial.disk.choose = (call) => (call.name === 'read' && ++reads <= 6 ? undefined : broken(call));
  await trial.open();
  await addEvents(trial, 3, 4);
  t.deepEqual(await trial.takeAll(), [3, 4]);
  await settleAll(trial);
  await trial.heal();
  t.deepEqual(await trial.takeAll(), [1, 2]);
});

test('memory has room for so many bytes: then health goes first, and what is dropped shows as a gap', async (t) => {
  const trial = await openTrial({ memoryBytes: 1000, payloadBytes: 100 });
  fail(trial, ['write'], { code: 'EIO' });
  await addEvents(trial, 1, 3);
  for (let count = 0; count < 10; count += 1) await trial.addHealth();
  await addEvents(trial, 4, 12);
  const { dropped } = trial.outbox.state;
  t.is(dropped.health, 10);
  t.true(dropped.event > 0);
  const ids = await trial.takeAll();
  t.deepEqual(
    ids,
    Array.from({ length: 12 - dropped.event }, (_, index) => dropped.event + 1 + index),
  );
  t.is(placeOf(trial, 12)?.sequence, 12);
});

test('another folder under the same path is a new one, and the messages of the old one are lost', async (t) => {
  const trial = await openTrial();
  await addEvents(trial, 1, 2);
  trial.disk.swap();
  fail(trial, ['write'], { code: 'EIO' }, 3);
  await addEvents(trial, 3, 3);
  await trial.heal();
  await addEvents(trial, 4, 4);
  t.true(trial.outbox.state.kept);
  t.not(placeOf(trial, 4)?.log, placeOf(trial, 1)?.log);
  t.regex(trial.logged.join('\n'), /error outbox folder is gone, and its messages with it/);
  t.deepEqual(await trial.takeAll(), [3, 4]);
  t.is(trial.outbox.state.dropped.event, 2);
});

test('a disk that hangs is left after a while, and taken again when it comes back', async (t) => {
  const trial = await openTrial();
  await addEvents(trial, 1, 1);
  trial.disk.hold();
  await addEvents(trial, 2, 3);
  t.false(trial.added.get(2)?.kept);
  await trial.time.advance(40_000);
  t.true(trial.added.get(3)?.kept);
  goesOnInMemory(t, trial, 2, 1);
  t.deepEqual(await trial.takeAll(), [1, 2, 3]);
  await settleAll(trial);
  await trial.time.advance(RETRY);
  t.false(trial.outbox.state.kept);
  trial.disk.letGo();
  await idle();
  await trial.time.advance(2 * RETRY);
  t.true(trial.outbox.state.kept);
  await addEvents(trial, 4, 4);
  t.deepEqual(placeOf(trial, 4), { ...placeOf(trial, 1), sequence: 2 });
  trial.kill();
  await trial.open();
  t.deepEqual(await trial.takeAll(), [4]);
  t.deepEqual(trial.faults, []);
});

test('closing brings what waits in memory to a disk that works again', async (t) => {
  const trial = await openTrial();
  trial.disk.readOnly = true;
  await addEvents(trial, 1, 2);
  trial.disk.readOnly = false;
  await trial.close();
  await trial.open();
  t.deepEqual(await trial.takeAll(), [1, 2]);
});

test('an event that cannot be built takes no number, and one that is too long is refused', async (t) => {
  const trial = await openTrial();
  const error = new Error('not to be built');
  await t.throwsAsync(
    trial.outbox.addEvent(() => {
      throw error;
    }),
    { is: error },
  );
  await t.throwsAsync(
    trial.outbox.addEvent(() => ({ topic: 't', payload: 'x'.repeat(70_000) })),
    { message: /^Expected at most 65536 bytes for a message but received "xxx/ },
  );
  await addEvents(trial, 1, 1);
  t.is(placeOf(trial, 1)?.sequence, 1);
});

test('nothing can be added to an outbox that is closed', async (t) => {
  const trial = await openTrial();
  const { outbox } = trial;
  await trial.close();
  await t.throwsAsync(outbox.add('health', { topic: 't', payload: '{}' }), {
    message: 'The outbox is closed',
  });
});
