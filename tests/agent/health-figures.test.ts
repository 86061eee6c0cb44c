import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { STAGES } from '@oneface/common/health/health';
import { loadBundle } from '@oneface/edge/bundles/load-bundle';
import { readTemperature } from '@oneface/edge/health/temperature';
import test from 'ava';
import sharp from 'sharp';
import { FAKETIME_LIBRARY, makeMaterial } from '../clock/faked-agent.js';
import { standIns } from '../frames/support/stand-ins.js';
import { freePort, startMosquitto } from '../mqtt/support/brokers.js';
import { projectFile } from '../support/paths.js';
import { facePicture } from './color-bundle.js';
import { Device, head, stopInOrder } from './device.js';
import { figures } from './figures.js';
import type { Runtime } from './program.js';

const material = await makeMaterial();

test.after.always(() => material.remove());

const MEBIBYTE = 1024 * 1024;
const HOUR_SECONDS = 3600;

test('every figure of the agent comes from where it should, and so does what it finds when it looks at itself', async (t) => {
  const port = await freePort();
  const brokerPort = await freePort();
  const device = await Device.make(t, {
    name: 'figures',
    material,
    port: brokerPort,
    changes: {
      site: 'lobby',
      source: {
        kind: 'stream',
        program: 'rpicam-vid',
        device: '0',
        width: 160,
        height: 160,
        perSecond: 20,
      },
      mqtt: {
        url: `mqtt://127.0.0.1:${brokerPort}`,
        username: 'figures',
        password: { env: 'BROKER_PASSWORD' },
      },
      frames: { perSecond: 5 },
      report: { mode: 'frames' },
      health: { port, everySeconds: 5 },
    },
  });
  const { data, width, height } = facePicture(160, 160, 140, 0);
  const face = join(device.folder, 'face.jpg');
  await sharp(data, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 95 })
    .toFile(face);
  const programs = standIns({
    // A camera that breaks off after a while, faster than it is looked at.
    'rpicam-vid': `for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do cat ${face}; sleep 0.05; done`,
    timedatectl: 'echo yes',
  });
  const offset = join(device.folder, 'offset');
  await writeFile(offset, '+0\n');
  const runtime: Runtime = {
    command: [process.execPath],
    env: {
      ...process.env,
      ...programs.env,
      BROKER_PASSWORD: 'secret',
      LD_PRELOAD: FAKETIME_LIBRARY,
      FAKETIME_TIMESTAMP_FILE: offset,
      FAKETIME_CACHE_DURATION: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      NO_FAKE_STAT: '1',
      // Nobody listens there, but the agent has a watchdog.
      NOTIFY_SOCKET: join(device.folder, 'nobody'),
      WATCHDOG_USEC: '60000000',
    },
  };
  const agent = device.launch(runtime);

  const alone = await figures(
    agent,
    port,
    (page) =>
      (page.value('oneface_outbox_messages') ?? 0) >= 3 && page.value('oneface_broker_sessions_total') !== 0,
  );
  t.is(alone.value('oneface_broker_connected'), 0);
  t.is(alone.value('oneface_outbox_kept'), 1);
  t.true(Number(alone.value('oneface_outbox_bytes')) > 0);
  t.is(alone.value('oneface_watchdog_enabled'), 1);
  t.is(alone.value('oneface_temperature_celsius') !== undefined, (await readTemperature()) !== undefined);
  const resident = Number(alone.value('oneface_resident_memory_bytes'));
  t.true(resident > 30 * MEBIBYTE && resident < 500 * MEBIBYTE, String(resident));

  const broker = await startMosquitto(brokerPort);
  t.teardown(() => broker.stop());
  await device.observe();
  await device.until(() => device.health.filter(({ camera }) => camera.restarts > 0).length >= 2, agent);
  t.is((await figures(agent, port, () => true)).value('oneface_broker_connected'), 1);
  const [one, other] = device.health.filter(({ camera }) => camera.restarts > 0).slice(-2);
  t.is(one?.broker.session, other?.broker.session, 'a connection has more than the message at its start');
  const { version } = JSON.parse(await readFile(projectFile('src/edge/package.json'), 'utf8'));
  const { bundle, key } = material.files;
  const { modelDigest, spec, segmenter } = await loadBundle(bundle, [key], { threads: 1 });
  await segmenter.close();
  t.like(other, { version, model: modelDigest, starts: 1, timeQuality: 'synchronised', site: 'lobby' });
  t.deepEqual(Object.keys(other?.latency ?? {}).toSorted(), STAGES.toSorted());
  const { captured = 0, analysed = 0, dropped = 0, faces = 0 } = other?.frames ?? {};
  t.true(dropped > 0 && faces > 0 && analysed > 0);
  t.true(captured >= analysed + dropped, JSON.stringify(other?.frames));
  const model = { digest: modelDigest, classSet: spec.classSet };
  t.like(device.events.at(-1), { model, site: 'lobby', timeQuality: 'synchronised' });
  t.like(device.statuses.at(-1), { state: 'online', version, site: 'lobby' });
  t.regex(agent.stderr(), /warn {2}the password is sent without encryption/);

  const late = { ...head('too-late-1'), command: 'capture', expires: '2000-01-01T00:00:00.000Z' } as const;
  t.like(await device.command(late), { state: 'failed', error: { code: 'expired' } });
  const found = await device.command({ ...head('diagnose-1'), command: 'diagnose' });
  const details = (reply: typeof found) =>
    JSON.stringify('result' in reply ? reply.result : reply).replaceAll('"', '');
  t.regex(details(found), /camera:\{ok:\w+,detail:\w+ for \d+ s, started again [1-9]/);
  t.regex(
    details(found),
    new RegExp(`model:{ok:true,detail:nearest colour \\(${modelDigest.slice(0, 12)}\\)`),
  );
  t.regex(details(found), /connection:\{ok:true,detail:connected, attempt [1-9]/);
  t.regex(details(found), /disk:\{ok:\w+,detail:\d+ MiB free/);

  await writeFile(bundle, 'no bundle any more');
  await rename(join(device.folder, 'state'), join(device.folder, 'gone'));
  const broken = details(await device.command({ ...head('diagnose-2'), command: 'diagnose' }));
  await rename(join(device.folder, 'gone'), join(device.folder, 'state'));
  t.regex(broken, /model:\{ok:false,/);
  t.regex(broken, /disk:\{ok:false,detail:The state folder \S+ cannot be found/);

  await writeFile(`${offset}.next`, `+${HOUR_SECONDS}\n`);
  await rename(`${offset}.next`, offset);
  await figures(agent, port, (page) => page.value('oneface_clock_jumps_total') === 1);
  await stopInOrder(t, agent);
});
