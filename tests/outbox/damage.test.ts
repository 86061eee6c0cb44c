import test, { type ExecutionContext } from 'ava';
import { addEvents, openTrial } from './support/open-trial.js';
import type { Trial } from './support/trial.js';

/** The segment files of events, oldest first. */
function eventFiles(trial: Trial): { name: string; bytes: Buffer }[] {
  return trial.disk
    .files()
    .filter(({ name }) => name.startsWith('event-') && name.endsWith('.v1'))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

const logOf = (trial: Trial, id: number) => trial.added.get(id)?.position?.log.id;
const sequenceOf = (trial: Trial, id: number) => trial.added.get(id)?.position?.sequence;

function noFaults(t: ExecutionContext, trial: Trial): void {
  t.deepEqual(trial.faults, []);
}

test('a torn last write is cut off, and its number goes to the next event of the same log', async (t) => {
  const trial = await openTrial();
  await addEvents(trial, 1, 3);
  trial.kill();
  const [{ name, bytes }] = eventFiles(trial);
  trial.disk.replace(name, bytes.subarray(0, bytes.length - 20));
  await trial.open();
  await trial.addEvent(4);
  t.deepEqual(await trial.takeAll(), [1, 2, 4]);
  t.is(logOf(trial, 4), logOf(trial, 1));
  t.is(sequenceOf(trial, 4), 3);
  noFaults(t, trial);
});

test('a last record that is spoilt but not cut off may have been seen: a new log begins', async (t) => {
  const trial = await openTrial();
  await addEvents(trial, 1, 3);
  trial.kill();
  const [{ name, bytes }] = eventFiles(trial);
  bytes[bytes.length - 20] ^= 1;
  trial.disk.replace(name, bytes);
  await trial.open();
  await trial.addEvent(4);
  t.deepEqual(await trial.takeAll(), [1, 2, 4]);
  t.not(logOf(trial, 4), logOf(trial, 1));
  t.is(sequenceOf(trial, 4), 1);
  t.regex(trial.logged.join('\n'), /error the end of the event log is not known, a new one begins/);
  noFaults(t, trial);
});

test('a spoilt record in the middle is a gap, and the log goes on', async (t) => {
  const trial = await openTrial();
  await addEvents(trial, 1, 3);
  trial.kill();
  const [{ name, bytes }] = eventFiles(trial);
  bytes[bytes.indexOf('"id":2')] ^= 1;
  trial.disk.replace(name, bytes);
  await trial.open();
  await trial.addEvent(4);
  t.deepEqual(await trial.takeAll(), [1, 3, 4]);
  t.is(logOf(trial, 4), logOf(trial, 1));
  t.is(sequenceOf(trial, 4), 4);
  t.regex(trial.logged.join('\n'), /error outbox is damaged on disk, what can be read is kept/);
});

test('a spoilt segment in the middle is a gap, and the log goes on', async (t) => {
  const trial = await openTrial({ payloadBytes: 15_000 });
  await addEvents(trial, 1, 12);
  trial.kill();
  const [, second] = eventFiles(trial);
  trial.disk.replace(second.name, Buffer.alloc(second.bytes.length, 0xff));
  await trial.open();
  await trial.addEvent(13);
  t.deepEqual(await trial.takeAll(), [1, 2, 3, 4, 5, 11, 12, 13]);
  t.is(sequenceOf(trial, 13), 13);
  t.is(logOf(trial, 13), logOf(trial, 1));
});

for (const [what, bytes] of [
  ['is empty', Buffer.alloc(0)],
  ['has lost its head', Buffer.from('no head here')],
] as const) {
  test(`a last segment that ${what} hides how far the log had come: a new one begins`, async (t) => {
    const trial = await openTrial({ payloadBytes: 15_000 });
    await addEvents(trial, 1, 12);
    trial.kill();
    const { name } = eventFiles(trial)[2];
    trial.disk.replace(name, bytes);
    await trial.open();
    await trial.addEvent(13);
    t.deepEqual(await trial.takeAll(), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 13]);
    t.not(logOf(trial, 13), logOf(trial, 1));
    noFaults(t, trial);
  });
}

test('a last segment that is gone is missed when another file knows of later events', async (t) => {
  const trial = await openTrial({ payloadBytes: 15_000 });
  await addEvents(trial, 1, 12);
  await trial.close();
  await trial.open();
  trial.kill();
  const files = eventFiles(trial);
  for (const { name } of files.slice(-2)) trial.disk.replace(name, undefined);
  await trial.open();
  await trial.addEvent(13);
  t.not(logOf(trial, 13), logOf(trial, 1));
  noFaults(t, trial);
});

test('files of others are left alone, and unfinished ones removed', async (t) => {
  const trial = await openTrial();
  await addEvents(trial, 1, 2);
  trial.kill();
  const others = ['notes.txt', 'event-1.v1', 'event-000000000001.v2', 'face-000000000001.v1'];
  for (const name of others) trial.disk.replace(name, Buffer.from('mine'));
  trial.disk.replace('event-000000000009.v1.new', Buffer.from('half of a segm'));
  await trial.open();
  t.deepEqual(await trial.takeAll(), [1, 2]);
  const names = new Set(trial.disk.files().map(({ name }) => name));
  for (const name of others) t.true(names.has(name), name);
  t.false(names.has('event-000000000009.v1.new'));
  t.regex(trial.logged.join('\n'), /holds files of others, which are left alone/);
});

test('a bad spot on the disk costs the messages on it', async (t) => {
  const trial = await openTrial({ payloadBytes: 1000 });
  await addEvents(trial, 1, 20);
  trial.kill();
  trial.disk.badSpot = { name: eventFiles(trial)[0].name, start: 8192, end: 12_288 };
  await trial.open();
  const ids = await trial.takeAll();
  t.true(ids.length >= 14 && ids.length < 20, String(ids));
  t.deepEqual([ids.at(0), ids.at(-1)], [1, 20]);
  await trial.addEvent(21);
  t.is(sequenceOf(trial, 21), 21);
  noFaults(t, trial);
});

test('a record that is spoilt while it waits is given up when its turn comes', async (t) => {
  const trial = await openTrial({ payloadBytes: 15_000 });
  await addEvents(trial, 1, 45);
  const [, second] = eventFiles(trial).slice(-3);
  second.bytes[3000] ^= 1;
  trial.disk.replace(second.name, second.bytes);
  const ids: unknown[] = [];
  for (let turns = 0; turns < 60; turns += 1) {
    ids.push(...(await trial.takeAll()));
    while (trial.taken.length > 0) await trial.settle(0);
  }
  t.is(ids.length, 44);
  t.is(trial.outbox.state.messages, 0);
  t.is(trial.outbox.state.dropped.event, 1);
  t.regex(trial.logged.join('\n'), /error a message in the outbox is damaged and lost/);
});

test('a bad spot that comes up while messages wait costs those on it, once the disk has shown that it works', async (t) => {
  const trial = await openTrial({ payloadBytes: 15_000 });
  await addEvents(trial, 1, 45);
  const spoilt = eventFiles(trial)[7].name;
  trial.disk.badSpot = { name: spoilt, start: 20_000, end: 20_100 };
  const ids: unknown[] = [];
  for (let turns = 0; turns < 60; turns += 1) {
    ids.push(...(await trial.takeAll()));
    while (trial.taken.length > 0) await trial.settle(0);
  }
  t.is(ids.length, 44);
  t.like(trial.outbox.state, { kept: true, messages: 0, dropped: { event: 1 } });
  t.regex(trial.logged.join('\n'), /error a message in the outbox is damaged and lost .*EIO/);
  trial.kill();
  await trial.open();
  t.deepEqual(await trial.takeAll(), []);
});

test('a segment that cannot be read is not put together with others, and costs nothing else', async (t) => {
  const trial = await openTrial({ payloadBytes: 15_000 });
  await addEvents(trial, 1, 10);
  await trial.takeAll();
  trial.disk.badSpot = { name: eventFiles(trial)[1].name, start: 20_000, end: 20_100 };
  for (let id = 11; id <= 40; id += 1) {
    await trial.addEvent(id);
    await trial.take();
    await trial.settle(10);
  }
  t.true(trial.outbox.state.kept);
  t.true(trial.disk.bytes < 6 * 75_000, String(trial.disk.bytes));
  for (let count = 0; count < 10; count += 1) await trial.settle(0);
  t.is(trial.outbox.state.messages, 0);
  t.deepEqual(trial.faults, []);
});

test('a message comes back from the disk as it was added', async (t) => {
  const trial = await openTrial();
  const message = { topic: 'oneface/Tür/health', payload: '{"ü":"\u{1F600}"}', retain: true };
  await trial.outbox.add('health', message);
  await trial.outbox.add('reply', { topic: 'replies', payload: '' });
  const first = trial.outbox.take();
  t.deepEqual(first, { ...message, kind: 'health', addedAt: 0 });
  trial.kill();
  await trial.open();
  await trial.take();
  await trial.take();
  t.deepEqual(trial.taken, [
    { ...message, kind: 'health', addedAt: undefined },
    { topic: 'replies', payload: '', kind: 'reply', addedAt: undefined },
  ]);
});
