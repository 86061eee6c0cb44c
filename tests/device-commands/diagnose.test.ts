import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { UnavailableError } from '@oneface/common/errors/errors';
import { loadBundle } from '@oneface/edge/bundles/load-bundle';
import { systemClock } from '@oneface/edge/clock/clock';
import { sleep } from '@oneface/edge/clock/sleep';
import { agentChecks } from '@oneface/edge/commands/agent-checks';
import { CHECK_DEADLINE, type CheckResult, diagnose } from '@oneface/edge/commands/diagnose';
import { diskCheck } from '@oneface/edge/commands/machine-checks';
import { standaloneChecks } from '@oneface/edge/commands/standalone-checks';
import { parseConfig } from '@oneface/edge/config/load-config';
import type { HealthSources } from '@oneface/edge/health/health-sources';
import test, { type ExecutionContext } from 'ava';
import { projectFile } from '../support/paths.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { command, Lines, startRig } from './rig.js';

const BUNDLE = projectFile('models/face-parts/face.oneface');
const KEY = projectFile('models/face-parts/signing.public.pem');
const SAMPLE = projectFile('models/face-parts/sample.jpg');
const MIB = 1024 * 1024;
const NEVER = new AbortController().signal;
const WATCH = { sleep, log: new Lines() };

/** An agent that is well. */
const WELL: HealthSources = {
  frames: () => ({ captured: 9, analysed: 9, dropped: 0, unreadable: 0, missed: 0, faces: 3 }),
  camera: () => ({ state: 'online', since: 0, counts: { online: 1 }, restarts: 2 }),
  outbox: () => ({
    kept: true,
    messages: 4,
    bytes: 1000,
    oldestAge: 5,
    dropped: { health: 0, reply: 0, event: 0 },
  }),
  broker: () => ({ connected: true, session: 3, sharedId: false }),
  time: () => ({ quality: 'synchronised', jumps: 1 }),
  watchdog: () => ({ enabled: true, withheld: 0 }),
  temperature: async () => 51.34,
  residentBytes: () => 110 * MIB,
};

function checksOf(folder: string, sources: Partial<HealthSources> = {}, availableMemory = 200 * MIB) {
  return agentChecks({
    sources: { ...WELL, ...sources },
    clock: { now: () => Date.UTC(2026, 5, 1), monotonic: () => 90_000 },
    state: folder,
    load: () => loadBundle(BUNDLE, [KEY]),
    availableMemory: () => availableMemory,
  });
}

const failed = (results: Record<string, CheckResult>) =>
  Object.keys(results).filter((name) => !results[name]?.ok);

test('an agent that is well is found well, and the command says what was found', async (t) => {
  const folder = await temporaryFolder(t);
  const rig = await startRig(folder, {
    actions: { diagnose: (signal) => diagnose(checksOf(folder), WATCH, signal) },
  });
  const sent = command('diagnose');
  await rig.send(sent);
  const reply = await rig.replies.final(sent.id);
  t.is(reply.state, 'successful');
  const { result } = reply as { result?: Record<string, CheckResult> };
  t.regex(result?.disk?.detail ?? '', /^\d+ MiB free, 4 messages wait, 0 dropped since the start$/);
  t.regex(result?.model?.detail ?? '', /\([0-9a-f]{12}\) gives its golden outputs$/);
  t.like(result, {
    camera: { ok: true, detail: 'online for 90 s, started again 2 times' },
    clock: { ok: true, detail: 'synchronised, 2026-06-01T00:00:00.000Z, 1 jumps since the start' },
    memory: { ok: true, detail: 'the agent takes 110 MiB, 200 MiB are left' },
    temperature: { ok: true, detail: '51.3 °C' },
    connection: { ok: true, detail: 'connected, attempt 3' },
  });
  t.deepEqual(failed(result ?? {}), []);
  t.false((await readdir(folder)).includes('disk-check'));
});

test('what is wrong with a part is found, and with no other', async (t) => {
  const folder = await temporaryFolder(t);
  const outbox = WELL.outbox();
  const faults: [string, Partial<HealthSources>, number?][] = [
    ['camera', { camera: () => ({ ...WELL.camera(), state: 'frozen' }) }],
    ['clock', { time: () => ({ quality: 'unsynchronised', jumps: 0 }) }],
    ['disk', { outbox: () => ({ ...outbox, kept: false }) }],
    ['disk', { outbox: () => ({ ...outbox, dropped: { health: 0, reply: 0, event: 1 } }) }],
    ['memory', { residentBytes: () => 400 * MIB }],
    ['memory', {}, 10 * MIB],
    ['temperature', { temperature: async () => 82 }],
    ['connection', { broker: () => ({ connected: false, session: 3, sharedId: false }) }],
    ['connection', { broker: () => ({ connected: true, session: 3, sharedId: true }) }],
  ];
  for (const [name, sources, memory] of faults) {
    const { model: _, ...checks } = checksOf(folder, sources, memory);
    t.deepEqual(failed(await diagnose(checks, WATCH, NEVER)), [name]);
  }
  const { temperature } = checksOf(folder, { temperature: async () => undefined });
  t.deepEqual(await temperature(NEVER), { ok: true, detail: 'no sensor' });
});

test('a state folder that is gone or cannot be written is found', async (t) => {
  const folder = await temporaryFolder(t);
  for (const state of [join(folder, 'gone'), '/proc/self']) {
    const { disk } = await diagnose({ disk: checksOf(state).disk }, WATCH, NEVER);
    t.false(disk.ok);
    t.true(disk.detail.startsWith(`The state folder ${state} cannot be `), disk.detail);
  }
});

test('a bundle that was damaged on the disk is found', async (t) => {
  const folder = await temporaryFolder(t);
  const bytes = await readFile(BUNDLE);
  bytes[bytes.length - 40] ^= 1;
  const file = join(folder, 'face.oneface');
  await writeFile(file, bytes);
  const { model } = agentChecks({
    sources: WELL,
    clock: systemClock,
    state: folder,
    load: () => loadBundle(file, [KEY]),
    availableMemory: () => MIB,
  });
  const results = await diagnose({ model }, WATCH, NEVER);
  t.false(results.model.ok);
});

test('a check that hangs or fails does not keep the others from being done', async (t) => {
  const results = await diagnose(
    {
      hangs: () => new Promise(() => {}),
      fails: async () => {
        throw new UnavailableError('x'.repeat(1000));
      },
      works: async () => ({ ok: true, detail: 'fine' }),
    },
    { ...WATCH, sleep: (milliseconds, signal) => sleep(milliseconds === CHECK_DEADLINE ? 10 : 0, signal) },
    NEVER,
  );
  t.deepEqual(results, {
    hangs: { ok: false, detail: 'no answer within 8 s' },
    fails: { ok: false, detail: 'x'.repeat(200) },
    works: { ok: true, detail: 'fine' },
  });
  const stopped = await diagnose(
    { works: async () => ({ ok: true, detail: '' }) },
    WATCH,
    AbortSignal.abort(),
  );
  t.deepEqual(stopped, { works: { ok: false, detail: 'not checked' } });
});

async function standalone(t: ExecutionContext, url: string, path: string) {
  const config = parseConfig(
    {
      device: 'door-1',
      source: { kind: 'folder', path },
      bundle: BUNDLE,
      trustedKeys: [KEY],
      state: await temporaryFolder(t),
      mqtt: { url },
    },
    '/',
  );
  const lines = new Lines();
  const checks = standaloneChecks({
    config,
    env: process.env,
    clock: systemClock,
    time: { quality: () => 'synchronised', jumps: 0, certificateTime: Date.now },
    frames: {
      clock: systemClock,
      sleep,
      random: Math.random,
      env: process.env,
      log: lines,
      onSkipped: (error) => lines.warn(error.message),
    },
    residentBytes: () => 50 * MIB,
    availableMemory: () => 500 * MIB,
  });
  return diagnose(checks, WATCH, NEVER);
}

test('without a running agent, the camera gives a picture and the broker is reached', async (t) => {
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    socket.on('error', () => {});
  }).listen(0, '127.0.0.1');
  t.teardown(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const well = await standalone(t, `mqtt://127.0.0.1:${port}`, SAMPLE);
  t.regex(well.camera.detail, /sample\.jpg gives pictures of \d+x\d+$/);
  t.is(well.connection.detail, `mqtt://127.0.0.1:${port} answers`);
  t.is(connections, 1);
  const { temperature: _, ...others } = well;
  t.deepEqual(failed(others), []);
});

test('a state folder that is yet to be made is well where it can be made, and nowhere else', async (t) => {
  const folder = await temporaryFolder(t);
  const look = (state: string) => diagnose({ disk: diskCheck(state) }, WATCH, NEVER);
  const well = { disk: { ok: true, detail: 'the agent has not been started yet' } };
  t.deepEqual(await look(join(folder, 'var', 'state')), well);
  t.deepEqual(await readdir(folder), []);
  const detail = 'The state folder /proc/var/state cannot be made';
  t.deepEqual(await look('/proc/var/state'), { disk: { ok: false, detail } });
});

test('without a running agent, a camera that gives nothing and a broker that is away are found', async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, 'frame.jpg'), 'no picture');
  const results = await standalone(t, 'mqtt://127.0.0.1:1', folder);
  t.deepEqual(
    failed(results).filter((name) => name !== 'temperature'),
    ['camera', 'connection'],
  );
  t.regex(results.connection.detail, /^mqtt:\/\/127\.0\.0\.1:1 cannot be reached: .*ECONNREFUSED/);
});
