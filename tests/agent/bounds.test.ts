import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import sharp from 'sharp';
import { makeMaterial } from '../clock/faked-agent.js';
import { until } from '../frames/support/processes.js';
import { standIns } from '../frames/support/stand-ins.js';
import type { Page } from '../health/prometheus-text.js';
import { freePort, startMosquitto } from '../mqtt/support/brokers.js';
import { Device, stopInOrder } from './device.js';
import { figures } from './figures.js';
import { hastened, PLAIN } from './runtimes.js';

/** What the settings bound, on the real agent whose clocks go faster than the machine's. */
const HASTE = 10;

const material = await makeMaterial();

test.after.always(() => material.remove());

const dropped = (page: Page) => page.value('oneface_outbox_dropped_total', { kind: 'event' }) ?? 0;

async function waiting(t: ExecutionContext, changes: object) {
  const port = await freePort();
  const device = await Device.make(t, {
    name: 'waits',
    material,
    port: await freePort(),
    changes: { report: { mode: 'frames' }, health: { port }, ...changes },
  });
  return {
    agent: device.launch(hastened(PLAIN, HASTE)),
    port,
    folder: join(device.folder, 'state', 'outbox'),
  };
}

test.serial('what waits for the broker takes as little room as the settings say', async (t) => {
  const changes = { outbox: { maxBytes: 2_000_000 }, frames: { perSecond: 100 } };
  const { agent, port, folder } = await waiting(t, changes);
  await figures(agent, port, (page) => Number(page.value('oneface_outbox_bytes')) > 200_000);
  const segments = (await readdir(folder)).filter((name) => name.startsWith('event-'));
  t.true(
    segments.length > 1,
    'a segment is a sixteenth of the room: it would be one of 4 MB without the setting',
  );
});

test.serial('what waits for the broker gets as old as the settings say', async (t) => {
  const { agent, port } = await waiting(t, { outbox: { maxDays: 0.0005 } });
  const told = await figures(agent, port, (page) => dropped(page) > 0);
  t.true(dropped(told) < Number(told.value('oneface_frames_analysed_total')));
});

test.serial('a disk that is mended while the agent runs is taken again', async (t) => {
  const port = await freePort();
  const changes = { report: { mode: 'frames' }, health: { port } };
  const device = await Device.make(t, { name: 'mended', material, port: await freePort(), changes });
  const place = join(device.folder, 'state', 'outbox');
  await mkdir(join(device.folder, 'state'));
  await writeFile(place, 'no folder');
  const agent = device.launch(hastened(PLAIN, HASTE));
  const isKept = (kept: number) => (page: Page) =>
    page.value('oneface_outbox_kept') === kept && Number(page.value('oneface_outbox_messages')) > 0;
  await figures(agent, port, isKept(0));
  await rm(place);
  await figures(agent, port, isKept(1));
  t.true((await readdir(place)).some((name) => name.startsWith('event-')));
});

test.serial('over a restart what waits is as old as a time server says', async (t) => {
  const port = await freePort();
  const device = await Device.make(t, {
    name: 'ages',
    material,
    port: await freePort(),
    changes: { report: { mode: 'frames' }, health: { port } },
  });
  const { env } = standIns({ timedatectl: 'echo yes' });
  const trusted = { ...PLAIN, env: { ...PLAIN.env, ...env } };
  const first = device.launch(trusted);
  const isTrusted = (page: Page) => page.value('oneface_clock_quality', { quality: 'synchronised' }) === 1;
  await figures(first, port, isTrusted);
  const before = Number((await figures(first, port)).value('oneface_outbox_messages'));
  await figures(first, port, (page) => Number(page.value('oneface_outbox_messages')) > before + 2);
  await stopInOrder(t, first);
  const second = device.launch(hastened(trusted, HASTE, '+31d'));
  const told = await figures(second, port, (page) => dropped(page) > 0);
  t.true(dropped(told) > 2);
});

test.serial(
  'an agent that sleeps takes as few frames as the settings say, and tells how long no event took',
  async (t) => {
    const broker = await startMosquitto(await freePort());
    t.teardown(() => broker.stop());
    const device = await Device.make(t, {
      name: 'sleeps',
      material,
      port: broker.port,
      changes: {
        source: { kind: 'folder', path: 'blank', repeat: true },
        frames: { perSecond: 20, idlePerSecond: 0.5 },
        wake: { mode: 'motion', awakeSeconds: 1 },
        health: { port: false, everySeconds: 5 },
      },
    });
    await mkdir(join(device.folder, 'blank'));
    await sharp({ create: { width: 160, height: 160, channels: 3, background: '#181a20' } })
      .png()
      .toFile(join(device.folder, 'blank', '0.png'));
    await device.observe();
    const agent = device.launch(hastened(PLAIN, HASTE));
    await until(
      () => device.health.some(({ uptimeSeconds }) => uptimeSeconds >= 60) || agent.child.exitCode !== null,
    );
    t.is(agent.child.exitCode, null, agent.stderr());
    const { frames, latency } = device.health.at(-1) ?? {};
    t.true(frames !== undefined && frames.captured < 80, JSON.stringify(frames));
    t.true(latency !== undefined && !('publish' in latency), JSON.stringify(latency));
  },
);
