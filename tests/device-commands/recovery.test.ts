import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UnavailableError } from '@oneface/common/errors/errors';
import { MOST_JOURNAL_ENTRIES, openCommandJournal } from '@oneface/edge/commands/journal';
import test from 'ava';
import { temporaryFolder } from '../support/temporary-folder.js';
import { command, gate, killed, Lines, startRig } from './rig.js';

test('a command is not run again after a restart of the agent, and its old answer is given', async (t) => {
  const folder = await temporaryFolder(t);
  const capture = command('capture');
  const before = await startRig(folder);
  await before.send(capture);
  const first = await before.replies.final(capture.id);
  await before.handler.close();

  const after = await startRig(folder);
  t.deepEqual(after.replies.all, []);
  await after.send(capture);
  t.deepEqual(after.replies.all, [{ ...first, repeated: true } as typeof first]);
  t.deepEqual(after.calls, []);
});

test('a command in whose midst the agent was killed is answered as interrupted, once', async (t) => {
  const folder = await temporaryFolder(t);
  const hangs = { capture: () => new Promise<never>(() => {}) };
  const before = killed(t, await startRig(folder, { actions: hangs }));
  const [runs, waits] = [command('capture'), command('send-health')];
  await before.send(runs);
  await before.send(waits);
  const after = await startRig(folder);
  for (const { id } of [runs, waits]) {
    t.deepEqual(after.replies.states(id), ['failed']);
    t.like(await after.replies.final(id), { error: { code: 'interrupted' } });
  }
  t.deepEqual(after.calls, []);
  t.deepEqual((await startRig(folder)).replies.all, []);
});

test('a restart is answered by the start after it; what waits behind it is not run', async (t) => {
  const folder = await temporaryFolder(t);
  const { passed, open } = gate();
  const before = await startRig(folder, { actions: { capture: async () => passed.then(() => ({})) } });
  const [first, restart, behind, late] = ['capture', 'restart', 'diagnose', 'capture'].map((name) =>
    command(name),
  );
  for (const each of [first, restart, behind]) await before.send(each);
  open();
  t.like(await before.replies.final(behind.id), { error: { code: 'interrupted' } });
  await before.send(late);
  t.is(before.replies.lastError, 'busy');
  t.deepEqual(before.calls, ['restart']);
  await before.handler.close();
  t.deepEqual(before.replies.states(restart.id), ['accepted', 'executing']);

  const after = await startRig(folder);
  t.deepEqual(after.replies.states(restart.id), ['successful']);
  await after.send(restart);
  t.like(after.replies.all.at(-1), { state: 'successful', repeated: true });
  t.deepEqual(after.calls, []);
});

test('a final answer that the outbox did not take is given by the next start, byte for byte', async (t) => {
  const folder = await temporaryFolder(t);
  const capture = command('capture');
  const offered: string[] = [];
  const before = await startRig(folder, {
    parts: {
      reply: async ({ payload }) => {
        offered.push(payload);
        throw new UnavailableError('The outbox is closed');
      },
    },
  });
  await before.send(capture);
  await before.handler.close();
  t.is(offered.length, 3);

  const payloads: string[] = [];
  const reply = async (message: { payload: string }) => void payloads.push(message.payload);
  await startRig(folder, { parts: { reply } });
  t.deepEqual(payloads, offered.slice(2));
  await startRig(folder, { parts: { reply } });
  t.is(payloads.length, 1);
});

test('on a disk that cannot be written, only commands run that may run twice', async (t) => {
  const folder = await temporaryFolder(t);
  const rig = await startRig(folder, {
    replace: async () => {
      throw new Error('EROFS: read-only file system');
    },
  });
  for (const name of ['capture', 'send-health', 'identify', 'diagnose']) {
    const each = command(name);
    await rig.send(each);
    t.is((await rig.replies.final(each.id)).state, 'successful', name);
    await rig.send(each);
    t.like(rig.replies.all.at(-1), { repeated: true });
  }
  const { length } = rig.calls;
  const restart = command('restart');
  const set = command('set-config', { path: 'frames.perSecond', value: 5 });
  for (const each of [restart, set]) {
    await rig.send(each);
    t.deepEqual(rig.replies.states(each.id), ['failed']);
    t.is(rig.replies.lastError, 'unavailable');
  }
  t.is(rig.calls.length, length);
});

test('a damaged journal is set aside, and the agent goes on with a new one', async (t) => {
  const folder = await temporaryFolder(t);
  const file = join(folder, 'commands.json');
  for (const damage of ['', '{"version":1,"entries":[{}]}', '\0\0\0\0', '{"version":1,"entr']) {
    await writeFile(file, damage);
    const rig = await startRig(folder);
    t.true(rig.lines.all.includes('a state file is damaged and set aside'));
    t.is(await readFile(`${file}.damaged`, 'utf8'), damage);
    const capture = command('capture');
    await rig.send(capture);
    t.is((await rig.replies.final(capture.id)).state, 'successful');
    await rig.handler.close();
  }
});

test('the journal forgets the oldest finished commands, and none that is open', async (t) => {
  const path = join(await temporaryFolder(t), 'commands.json');
  const journal = await openCommandJournal(path, new Lines());
  const entry = (id: string, sent: boolean) => ({
    digest: 'a'.repeat(64),
    reply: {
      state: 'accepted' as const,
      schemaVersion: 1 as const,
      device: 'door-1',
      boot: 'b'.repeat(32),
      time: '2026-03-01T12:30:00.000Z',
      id,
      command: 'capture',
    },
    sent,
  });
  journal.set(entry('still-open', false));
  for (let count = 0; count < 2 * MOST_JOURNAL_ENTRIES; count++)
    journal.set(entry(`finished-${count}`, true));
  await journal.save();
  const again = await openCommandJournal(path, new Lines());
  t.deepEqual(again.unsettled(), [entry('still-open', false)]);
  t.is(again.get(`finished-${MOST_JOURNAL_ENTRIES}`), undefined);
  for (let count = MOST_JOURNAL_ENTRIES + 1; count < 2 * MOST_JOURNAL_ENTRIES; count++) {
    t.truthy(again.get(`finished-${count}`));
  }
  t.deepEqual(await readdir(join(path, '..')), ['commands.json']);
});

test('a journal of long answers stays small', async (t) => {
  const folder = await temporaryFolder(t);
  const rig = await startRig(folder, {
    actions: { diagnose: async () => ({ text: 'x'.repeat(15_000) }) },
  });
  for (let count = 0; count < 30; count++) {
    const diagnose = command('diagnose');
    await rig.send(diagnose);
    await rig.replies.final(diagnose.id);
  }
  await rig.handler.close();
  t.true((await readFile(join(folder, 'commands.json'))).length < 300 * 1024);
});
