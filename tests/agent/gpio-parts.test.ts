import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import sharp from 'sharp';
import { makeMaterial } from '../clock/faked-agent.js';
import { httpCamera } from '../frames/support/http-cameras.js';
import { until } from '../frames/support/processes.js';
import { FakeLibgpiod } from '../gpio/support/fake-libgpiod.js';
import { freePort, startMosquitto } from '../mqtt/support/brokers.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { facePicture } from './color-bundle.js';
import { Device, head, stopInOrder } from './device.js';

const material = await makeMaterial();
const broker = await startMosquitto(await freePort());
const blank = sharp({ create: { width: 160, height: 160, channels: 3, background: '#181a20' } });

test.after.always(async () => {
  await broker.stop();
  await material.remove();
});

const runtime = (env: object) => ({
  command: [process.execPath] as const,
  env: { ...process.env, ...env },
});
const gpioAt = (follow: string) => ({
  driver: 'libgpiod',
  chip: 'pinctrl-bcm2711',
  relay: { line: 17, follow, longestOnSeconds: 3600 },
  light: { line: 22 },
});

test('a relay that follows a presence goes off soon after it, and a light that blinks goes off with the agent', async (t) => {
  const { data, width, height } = facePicture(160, 160, 140, 0);
  const face = await sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
  let picture = face;
  const url = await httpCamera(t, (_, response) => response.end(picture));
  const programs = await FakeLibgpiod.make(t, 2);
  const changes = { source: { kind: 'http-snapshot', url }, gpio: gpioAt('presence') };
  const device = await Device.make(t, { name: 'lamp', material, port: broker.port, changes });
  await device.observe();
  const agent = await device.start(runtime(programs.env));
  await programs.happened('set 17 1 pull-down');
  picture = await blank.clone().png().toBuffer();
  const last = (line: number) => programs.log().findLast((each) => each.startsWith(`set ${line} `));
  await until(() => last(17) === 'set 17 0 pull-down');
  t.like(await device.command({ ...head('find-it-1'), command: 'identify', seconds: 60 }), {
    state: 'successful',
  });
  await programs.happened('set 22 1 pull-down');
  await stopInOrder(t, agent);
  t.is(last(22), 'set 22 0 pull-down');
});

test('a relay that follows nothing stays off, whoever is in view', async (t) => {
  const programs = await FakeLibgpiod.make(t, 2);
  const changes = { gpio: gpioAt('nothing'), frames: { perSecond: 20 } };
  const device = await Device.make(t, { name: 'door', material, port: broker.port, changes });
  await device.observe();
  const agent = await device.start(runtime(programs.env));
  await device.until(() => device.events.some(({ kind }) => kind === 'enter'), agent);
  t.like(await device.command({ ...head('capture-1'), command: 'capture' }), { result: { faces: 1 } });
  await stopInOrder(t, agent);
  t.deepEqual(
    programs.log().filter((line) => line.startsWith('set 17 1')),
    [],
  );
  t.true(programs.log().some((line) => line.startsWith('set 17 0')));
});

test('an agent that is to wait for a trigger which cannot come looks at every frame, and says so', async (t) => {
  const frames = join(await temporaryFolder(t), 'frames');
  await mkdir(frames);
  await blank.clone().png().toFile(join(frames, '0.png'));
  const device = await Device.make(t, {
    name: 'alone',
    material: { ...material, frames },
    port: broker.port,
    changes: {
      frames: { perSecond: 20, idlePerSecond: 20, limit: 50 },
      wake: { mode: 'trigger', awakeSeconds: 1 },
      gpio: { driver: 'libgpiod', triggers: [{ line: 5, kind: 'pir' }] },
    },
  });
  const { code, stderr } = await device.launch(runtime({ PATH: '/nowhere' })).ended;
  t.is(code, 0, stderr);
  t.regex(stderr, /error no trigger can come, so every frame is looked at/);
  t.regex(stderr, /frames ended frames=50 analysed=50 /);
});
