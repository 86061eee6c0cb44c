import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceStateFile } from '@oneface/edge/files/state-file';
import test from 'ava';
import { temporaryFolder } from '../support/temporary-folder.js';
import { command, killed, startRig } from './rig.js';

const SHORT = { well: 20, latest: 10_000, look: 5 };
/** Times in which nothing is confirmed. */
const LONG = { well: 10_000, latest: 20_000, look: 5 };
/** Times in which an agent that is not well has its settings taken back. */
const STRICT = { well: 10_000, latest: 20, look: 5 };

async function stage(folder: string, path: string, value: unknown) {
  const rig = await startRig(folder);
  const set = command('set-config', { path, value });
  await rig.send(set);
  while (rig.calls.length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
  await rig.handler.close();
  return { rig, set };
}

test('a setting is tried by the next start and stays when the agent is well with it', async (t) => {
  const folder = await temporaryFolder(t);
  const { rig, set } = await stage(folder, 'frames.perSecond', 7);
  t.deepEqual(rig.calls, ['restart']);
  t.deepEqual(rig.replies.states(set.id), ['accepted', 'executing']);
  t.is(rig.config.frames.perSecond, 5);

  const tried = await startRig(folder, { parts: { probation: SHORT } });
  t.is(tried.config.frames.perSecond, 7);
  t.like(await tried.replies.final(set.id), {
    state: 'successful',
    result: { overrides: { 'frames.perSecond': 7 } },
  });
  await tried.handler.close();

  const later = await startRig(folder);
  t.is(later.config.frames.perSecond, 7);
  t.deepEqual(later.replies.all, []);
});

test('null takes a setting back to the value of the file', async (t) => {
  const folder = await temporaryFolder(t);
  const { set } = await stage(folder, 'report.leaveSeconds', 9);
  const tried = await startRig(folder, { parts: { probation: SHORT } });
  t.like(tried.config.report, { leaveSeconds: 9 });
  await tried.replies.final(set.id);
  await tried.handler.close();

  const { set: reset } = await stage(folder, 'report', null);
  const back = await startRig(folder, { parts: { probation: SHORT } });
  t.like(back.config.report, { leaveSeconds: 3 });
  t.like(await back.replies.final(reset.id), { state: 'successful', result: { overrides: {} } });
});

test('null for a part of what was set as a whole is refused, as it would change nothing', async (t) => {
  const folder = await temporaryFolder(t);
  const { set } = await stage(folder, 'report', { mode: 'presence', leaveSeconds: 9 });
  const rig = await startRig(folder, { parts: { probation: SHORT } });
  await rig.replies.final(set.id);
  const part = command('set-config', { path: 'report.leaveSeconds', value: null });
  await rig.send(part);
  t.like(await rig.replies.final(part.id), {
    state: 'failed',
    error: {
      code: 'malformed',
      message:
        'Expected a value for report.leaveSeconds (null goes to report, which was set as a whole) but received null',
    },
  });
  await rig.handler.close();
});

test('a setting that is no allowed one, or a value that the schema refuses, changes nothing', async (t) => {
  const folder = await temporaryFolder(t);
  const rig = await startRig(folder);
  for (const [path, value, code] of [
    ['mqtt.url', 'mqtt://elsewhere.example', 'not-allowed'],
    ['device', 'door-2', 'not-allowed'],
    ['trustedKeys', [], 'not-allowed'],
    ['constructor', {}, 'not-allowed'],
    ['frames.limit', 1, 'not-allowed'],
    ['frames.perSecond', 0, 'malformed'],
    ['frames.perSecond', '5', 'malformed'],
    ['frames.perSecond', { toString: 5 }, 'malformed'],
    ['log.level', 'loud', 'malformed'],
    ['wake', { mode: 'trigger', file: '/etc/passwd' }, 'malformed'],
    ['wake.sensitivity', 30, 'malformed'],
  ] as const) {
    const set = command('set-config', { path, value });
    await rig.send(set);
    t.like(await rig.replies.final(set.id), { error: { code } }, `${path} ${JSON.stringify(value)}`);
  }
  t.deepEqual(rig.calls, []);
  t.is(rig.settings.store.onProbation, undefined);
  t.deepEqual((await startRig(folder)).config, rig.config);
});

test('a value that changes nothing needs no restart and is kept', async (t) => {
  const folder = await temporaryFolder(t);
  const rig = await startRig(folder);
  const set = command('set-config', { path: 'frames.perSecond', value: 5 });
  await rig.send(set);
  t.like(await rig.replies.final(set.id), { state: 'successful' });
  t.deepEqual(rig.calls, []);
  t.deepEqual((await startRig(folder)).settings.store.confirmed, { 'frames.perSecond': 5 });
});

test('during a probation no other setting and no restart is taken, but all else', async (t) => {
  const folder = await temporaryFolder(t);
  await stage(folder, 'frames.perSecond', 7);
  const rig = await startRig(folder, { parts: { probation: LONG } });
  for (const refused of [command('restart'), command('set-config', { path: 'log.level', value: 'debug' })]) {
    await rig.send(refused);
    t.is(rig.replies.lastError, 'busy');
  }
  const capture = command('capture');
  await rig.send(capture);
  t.is((await rig.replies.final(capture.id)).state, 'successful');
  await rig.handler.close();
});

test('a setting with which the agent does not come up is taken back by the third start', async (t) => {
  const folder = await temporaryFolder(t);
  const { set } = await stage(folder, 'frames.perSecond', 7);
  for (const start of [1, 2]) {
    const failed = killed(t, await startRig(folder, { up: () => false }));
    t.is(failed.config.frames.perSecond, 7, `start ${start}`);
  }
  const third = await startRig(folder);
  t.is(third.config.frames.perSecond, 5);
  t.deepEqual(third.replies.states(set.id), ['failed']);
  t.like(await third.replies.final(set.id), {
    error: {
      code: 'failed',
      message: 'The old value is back: the agent was started 2 times with it and did not come up',
    },
  });
  await third.handler.close();
  const fourth = await startRig(folder);
  t.is(fourth.config.frames.perSecond, 5);
  t.deepEqual(fourth.replies.all, []);
});

test('a setting with which the agent comes up and is killed before it was confirmed is taken back too', async (t) => {
  const folder = await temporaryFolder(t);
  const { set } = await stage(folder, 'frames.perSecond', 7);
  killed(t, await startRig(folder, { parts: { probation: LONG } }));
  killed(t, await startRig(folder, { parts: { probation: LONG } }));
  const third = await startRig(folder, { parts: { probation: LONG } });
  t.is(third.config.frames.perSecond, 5);
  t.deepEqual(third.replies.states(set.id), ['failed']);
});

test('a setting with which the agent comes up but is not well is taken back, and the agent restarts', async (t) => {
  const folder = await temporaryFolder(t);
  const { set } = await stage(folder, 'frames.perSecond', 7);
  const unwell = await startRig(folder, { parts: { probation: STRICT, fault: () => 'no frames' } });
  t.like(await unwell.replies.final(set.id), {
    error: { message: 'The old value is back: the agent was not well with it: no frames' },
  });
  await unwell.handler.close();
  t.deepEqual(unwell.calls, ['restart']);
  t.is((await startRig(folder)).config.frames.perSecond, 5);
});

test('a fault begins the time again for which the agent must be well', async (t) => {
  const folder = await temporaryFolder(t);
  const { set } = await stage(folder, 'frames.perSecond', 7);
  let monotonic = 0;
  let fault: string | undefined;
  const times = { well: 100, latest: 10_000, look: 10 };
  const rig = await startRig(folder, {
    monotonic: () => monotonic,
    parts: {
      probation: times,
      fault: () => fault,
      sleep: async (milliseconds, signal) => {
        await new Promise((resolve) => setTimeout(resolve, 1));
        if (signal.aborted) return;
        monotonic += milliseconds;
        fault = monotonic === 90 ? 'a hiccup' : undefined;
      },
    },
  });
  await rig.replies.final(set.id);
  t.is(monotonic, 190);
});

test('a setting that does not fit an edited file is taken back at once; one that was confirmed is passed over', async (t) => {
  const folder = await temporaryFolder(t);
  const file = join(folder, 'overrides.json');
  const bad = { 'frames.perSecond': -1 };
  await writeFile(
    file,
    JSON.stringify({
      version: 1,
      confirmed: { 'log.level': 'debug' },
      probation: { id: 'abcdefgh', values: bad, starts: 0 },
    }),
  );
  const rig = await startRig(folder);
  t.like(rig.config, { frames: { perSecond: 5 }, log: { level: 'debug' } });
  t.like(rig.settings.store.fateOf('abcdefgh'), { outcome: 'rolled-back' });

  await writeFile(file, JSON.stringify({ version: 1, confirmed: { ...bad, 'log.level': 'debug' } }));
  const passedOver = await startRig(folder);
  t.like(passedOver.config, { frames: { perSecond: 5 }, log: { level: 'info' } });
  const { set } = await stage(folder, 'frames.perSecond', 8);
  const mended = await startRig(folder, { parts: { probation: SHORT } });
  t.like(mended.config, { frames: { perSecond: 8 }, log: { level: 'debug' } });
  t.is((await mended.replies.final(set.id)).state, 'successful');
});

test('a start that cannot be counted goes by the old value, and the setting stays open', async (t) => {
  const folder = await temporaryFolder(t);
  const { set } = await stage(folder, 'frames.perSecond', 7);
  const readOnly = await startRig(folder, {
    parts: { probation: SHORT },
    replace: async () => {
      throw new Error('EROFS: read-only file system');
    },
  });
  t.is(readOnly.config.frames.perSecond, 5);
  t.deepEqual(readOnly.replies.all, []);
  await readOnly.handler.close();

  const mended = await startRig(folder, { parts: { probation: SHORT } });
  t.is(mended.config.frames.perSecond, 7);
  t.is((await mended.replies.final(set.id)).state, 'successful');
});

test('a confirmation that cannot be kept is tried again', async (t) => {
  const folder = await temporaryFolder(t);
  const { set } = await stage(folder, 'frames.perSecond', 7);
  let failures = 0;
  const rig = await startRig(folder, {
    parts: { probation: SHORT },
    replace: async (path, bytes) => {
      if (
        bytes.toString().includes('"confirmed"') &&
        bytes.toString().includes('settled') &&
        failures++ < 2
      ) {
        throw new Error('ENOSPC: no space left on device');
      }
      await replaceStateFile(path, bytes);
    },
  });
  t.is((await rig.replies.final(set.id)).state, 'successful');
  t.true(failures > 2);
  await rig.handler.close();
});

test('damaged overrides are set aside, and the file alone counts', async (t) => {
  const folder = await temporaryFolder(t);
  const file = join(folder, 'overrides.json');
  for (const damage of ['{"version":1,"confirmed":{"frames.per', '\0'.repeat(64), '{"version":1}']) {
    await writeFile(file, damage);
    const rig = await startRig(folder);
    t.is(rig.config.frames.perSecond, 5);
    t.is(await readFile(`${file}.damaged`, 'utf8'), damage);
  }
});
