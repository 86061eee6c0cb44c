import { LONGEST_COMMAND } from '@oneface/common/commands/command';
import { UnavailableError } from '@oneface/common/errors/errors';
import { sleep } from '@oneface/edge/clock/sleep';
import { MOST_OPEN_COMMANDS } from '@oneface/edge/commands/command-handler';
import { ACTION_DEADLINE } from '@oneface/edge/commands/command-runner';
import { REFUSALS } from '@oneface/edge/commands/refusals';
import { LONGEST_RESULT } from '@oneface/edge/commands/reply-messages';
import test from 'ava';
import { temporaryFolder } from '../support/temporary-folder.js';
import { command, gate, startRig } from './rig.js';

test('a command is accepted, executes and succeeds, in this order, on the replies topic', async (t) => {
  const rig = await startRig(await temporaryFolder(t));
  const capture = command('capture');
  await rig.send(capture);
  t.like(await rig.replies.final(capture.id), {
    device: 'door-1',
    site: 'lobby',
    command: 'capture',
    result: { faces: 1 },
  });
  t.deepEqual(rig.replies.states(capture.id), ['accepted', 'executing', 'successful']);
  t.deepEqual([...rig.replies.topics], ['oneface/lobby/door-1/replies']);
});

test('every command does what its name says', async (t) => {
  const rig = await startRig(await temporaryFolder(t));
  const commands = [
    command('send-health'),
    command('identify'),
    command('identify', { seconds: 3 }),
    command('diagnose'),
  ];
  for (const each of commands) {
    await rig.send(each);
    t.is((await rig.replies.final(each.id)).state, 'successful');
  }
  t.deepEqual(rig.calls, ['send-health', 'identify 10', 'identify 3', 'diagnose']);
});

test('the same id again is answered as before and not run again, whatever the order of its fields', async (t) => {
  const rig = await startRig(await temporaryFolder(t));
  const capture = command('capture');
  await rig.send(capture);
  const first = await rig.replies.final(capture.id);
  await rig.send(Object.fromEntries(Object.entries(capture).reverse()));
  t.deepEqual(rig.replies.all.at(-1), { ...first, repeated: true } as typeof first);
  t.deepEqual(rig.calls, ['capture']);
});

test('the same id again, while the command runs, is answered with the state that it is in', async (t) => {
  const { passed, open } = gate();
  let runs = 0;
  const capture = async () => {
    runs += 1;
    await passed;
    return {};
  };
  const rig = await startRig(await temporaryFolder(t), { actions: { capture } });
  const sent = command('capture');
  await Promise.all([rig.send(sent), rig.send(sent), rig.send(sent)]);
  await rig.send(sent);
  t.like(rig.replies.all.at(-1), { state: 'executing', repeated: true });
  open();
  await rig.replies.final(sent.id);
  t.is(runs, 1);
  t.is(rig.replies.all.filter((reply) => 'repeated' in reply).length, 3);
});

test('an id that was used for another command is refused and its command not run', async (t) => {
  const rig = await startRig(await temporaryFolder(t));
  const capture = command('capture');
  await rig.send(capture);
  await rig.replies.final(capture.id);
  for (const other of [
    { ...capture, command: 'restart' },
    { ...capture, command: 'explode' },
  ]) {
    await rig.send(other);
    t.like(rig.replies.all.at(-1), { state: 'failed', id: capture.id, command: other.command });
    t.is(rig.replies.lastError, 'not-allowed');
  }
  t.deepEqual(rig.calls, ['capture']);
});

test('a command that is too late is refused only by a device whose clock is right', async (t) => {
  const now = () => Date.UTC(2026, 5, 1);
  const late = { expires: '2026-05-31T23:59:59.999Z' };
  for (const [quality, code] of [
    ['synchronised', 'expired'],
    ['unsynchronised', undefined],
    ['unknown', undefined],
  ] as const) {
    const rig = await startRig(await temporaryFolder(t), { quality, now });
    const capture = command('capture', late);
    await rig.send(capture);
    await rig.replies.final(capture.id);
    t.is(rig.replies.lastError, code, quality);
    t.is(rig.calls.length, code === undefined ? 1 : 0);
  }
  const rig = await startRig(await temporaryFolder(t), { now });
  const inTime = command('capture', { expires: '2026-06-01T00:00:00.000Z' });
  await rig.send(inTime);
  t.is((await rig.replies.final(inTime.id)).state, 'successful');
  await rig.send(command('capture', { expires: '2026-13-41T00:00:00.000Z' }));
  t.is(rig.replies.lastError, 'malformed');
});

test('a command that came in time and is too late when its turn comes is not run', async (t) => {
  const { passed, open } = gate();
  let now = Date.UTC(2026, 5, 1);
  const rig = await startRig(await temporaryFolder(t), {
    now: () => now,
    actions: { capture: async () => passed.then(() => ({})) },
  });
  const waiting = command('diagnose', { expires: '2026-06-01T00:00:10.000Z' });
  await rig.send(command('capture'));
  await rig.send(waiting);
  now += 60_000;
  open();
  await rig.replies.final(waiting.id);
  t.deepEqual(rig.replies.states(waiting.id), ['accepted', 'failed']);
  t.is(rig.replies.lastError, 'expired');
  t.deepEqual(rig.calls, []);
});

test('an empty message, which clears a retained one, is no command and gets no reply', async (t) => {
  const rig = await startRig(await temporaryFolder(t));
  await rig.send(new Uint8Array(), true);
  await rig.send(new Uint8Array());
  t.deepEqual(rig.replies.all, []);
});

test('a retained command is refused; one that was already run is answered', async (t) => {
  const rig = await startRig(await temporaryFolder(t));
  await rig.send(command('restart'), true);
  t.is(rig.replies.lastError, 'not-allowed');
  const capture = command('capture');
  await rig.send(capture);
  await rig.replies.final(capture.id);
  await rig.send(capture, true);
  t.like(rig.replies.all.at(-1), { state: 'successful', repeated: true });
  t.deepEqual(rig.calls, ['capture']);
});

const long = { ...command('capture'), padding: 'x'.repeat(LONGEST_COMMAND) };
const REFUSED: readonly (readonly [title: string, sent: object | Uint8Array, reply: object])[] = [
  ['no JSON', Buffer.from('capture!'), { state: 'rejected', error: { code: 'malformed' } }],
  ['not UTF-8', Buffer.from([0x22, 0xff, 0x22]), { state: 'rejected', error: { code: 'malformed' } }],
  ['a list', Buffer.from('[]'), { state: 'rejected', error: { code: 'malformed' } }],
  ['no id', { schemaVersion: 1, command: 'capture' }, { state: 'rejected', error: { code: 'malformed' } }],
  [
    'an id of another form',
    { schemaVersion: 1, id: '../../x', command: 'capture' },
    { state: 'rejected', error: { code: 'malformed' } },
  ],
  ['too long', long, { state: 'rejected', error: { code: 'too-large' } }],
  [
    'an unknown command',
    { ...command('explode'), id: 'explode-1' },
    { state: 'failed', id: 'explode-1', command: 'explode', error: { code: 'unknown-command' } },
  ],
  [
    'another version',
    { ...command('capture'), id: 'version-2', schemaVersion: 2 },
    {
      state: 'failed',
      id: 'version-2',
      error: { code: 'malformed', message: 'Expected 1 for the command.schemaVersion but received 2' },
    },
  ],
  [
    'a field too many',
    { ...command('capture'), id: 'field-too-many', force: true },
    { state: 'failed', id: 'field-too-many', error: { code: 'malformed' } },
  ],
  [
    'no command',
    { schemaVersion: 1, id: 'no-command' },
    { state: 'failed', id: 'no-command', command: '', error: { code: 'malformed' } },
  ],
];
for (const [title, sent, reply] of REFUSED) {
  test(`one error reply and nothing else comes of ${title}`, async (t) => {
    const rig = await startRig(await temporaryFolder(t));
    await rig.send(sent);
    t.is(rig.replies.all.length, 1);
    t.like(rig.replies.all[0], reply);
    await rig.handler.close();
    t.is(rig.replies.all.length, 1);
    t.deepEqual(rig.calls, []);
  });
}

test('more commands than may wait are told that the device is busy, and may come again', async (t) => {
  const { passed, open } = gate();
  const rig = await startRig(await temporaryFolder(t), {
    actions: { capture: async () => passed.then(() => ({})) },
  });
  const taken = Array.from({ length: MOST_OPEN_COMMANDS }, () => command('capture'));
  const refused = command('capture');
  for (const each of [...taken, refused]) await rig.send(each);
  t.is(rig.replies.lastError, 'busy');
  t.deepEqual(rig.replies.states(refused.id), ['failed']);
  open();
  for (const { id } of taken) t.is((await rig.replies.final(id)).state, 'successful');
  await rig.send(refused);
  t.is(rig.replies.states(refused.id)[1], 'accepted');
});

test('a part that the device does not have is unavailable, anything else that goes wrong is a failure', async (t) => {
  const rig = await startRig(await temporaryFolder(t), {
    actions: {
      identify: async () => {
        throw new UnavailableError('There is no light');
      },
      capture: async () => {
        throw new TypeError('a defect');
      },
    },
  });
  const [identify, capture] = [command('identify'), command('capture')];
  await rig.send(identify);
  await rig.send(capture);
  t.like(await rig.replies.final(identify.id), {
    error: { code: 'unavailable', message: 'There is no light' },
  });
  t.like(await rig.replies.final(capture.id), { error: { code: 'failed', message: 'a defect' } });
});

test('a command that hangs is given up, and the next one runs', async (t) => {
  let aborted = false;
  const rig = await startRig(await temporaryFolder(t), {
    actions: {
      capture: (signal) => {
        signal.addEventListener('abort', () => {
          aborted = true;
        });
        return new Promise(() => {});
      },
    },
    parts: {
      sleep: (milliseconds, signal) => sleep(milliseconds === ACTION_DEADLINE ? 20 : milliseconds, signal),
    },
  });
  const [hangs, next] = [command('capture'), command('diagnose')];
  await rig.send(hangs);
  await rig.send(next);
  t.like(await rig.replies.final(hangs.id), { error: { code: 'failed' } });
  t.is((await rig.replies.final(next.id)).state, 'successful');
  t.true(aborted);
});

test('a flood of refused messages gets no more replies than allowed, and later ones are answered again', async (t) => {
  let monotonic = 0;
  const rig = await startRig(await temporaryFolder(t), { monotonic: () => monotonic });
  for (let count = 0; count < 1000; count++) await rig.send(Buffer.from('garbage'));
  await Promise.all(Array.from({ length: 1000 }, () => rig.send(Buffer.from('garbage'))));
  t.is(rig.replies.all.length, REFUSALS.most);
  const capture = command('capture');
  await rig.send(capture);
  t.is((await rig.replies.final(capture.id)).state, 'successful');
  monotonic += REFUSALS.interval;
  await rig.send(Buffer.from('garbage'));
  t.is(rig.replies.all.filter(({ state }) => state === 'rejected').length, REFUSALS.most + 1);
});

test('a long result is left out of its reply', async (t) => {
  const rig = await startRig(await temporaryFolder(t), {
    actions: { diagnose: async () => ({ text: 'x'.repeat(LONGEST_RESULT) }) },
  });
  const diagnose = command('diagnose');
  await rig.send(diagnose);
  const reply = await rig.replies.final(diagnose.id);
  t.is(reply.state, 'successful');
  t.true(JSON.stringify(reply).length < 1000);
});

test('closing gives up what runs and what waits, answers both, and refuses what comes later', async (t) => {
  const rig = await startRig(await temporaryFolder(t), {
    actions: { capture: () => new Promise(() => {}) },
  });
  const [runs, waits] = [command('capture'), command('diagnose')];
  await rig.send(runs);
  await rig.send(waits);
  await rig.handler.close();
  for (const { id } of [runs, waits]) {
    t.like(await rig.replies.final(id), { error: { code: 'interrupted' } });
  }
  const { length } = rig.replies.all;
  await rig.send(command('capture'));
  t.is(rig.replies.all.length, length + 1);
  t.like(rig.replies.all.at(-1), { state: 'failed', error: { code: 'busy' } });
  t.deepEqual(rig.calls, []);
});

test('a message that comes before the agent is up waits for it', async (t) => {
  const rig = await startRig(await temporaryFolder(t), { up: () => false });
  const capture = command('capture');
  const answered = rig.send(capture);
  await sleep(20, new AbortController().signal);
  t.deepEqual(rig.replies.all, []);
  await rig.handler.recover();
  await answered;
  t.is((await rig.replies.final(capture.id)).state, 'successful');
});
