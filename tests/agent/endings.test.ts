import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { makeMaterial } from '../clock/faked-agent.js';
import { until } from '../frames/support/processes.js';
import { freePort, startMosquitto } from '../mqtt/support/brokers.js';
import { Device } from './device.js';
import { PLAIN, withFault } from './runtimes.js';

const material = await makeMaterial();
const broker = await startMosquitto(await freePort());

test.after.always(async () => {
  await broker.stop();
  await material.remove();
});

test('an agent that fails at a frame sends what it has, says so in its death message and ends with status 1', async (t) => {
  const changes = { frames: { perSecond: 50 }, report: { mode: 'frames' } };
  const device = await Device.make(t, { name: 'fails', material, port: broker.port, changes });
  await device.observe();
  const agent = await device.start(withFault(PLAIN, 'inference fails'));
  const { code, stderr } = await agent.ended;
  t.is(code, 1);
  t.regex(stderr, /TypeError: injected/);
  await device.until(() => device.statuses.some(({ state }) => state === 'offline'));
  t.like(device.statuses.at(-1), { state: 'offline', reason: 'failed' });
  t.true(device.events.length > 0);
  t.deepEqual(
    device.events.map(({ sequence }) => sequence),
    device.events.map((_, index) => index + 1),
  );
});

test('an agent one of whose parts fails beside its frames ends with status 1 instead of going on without', async (t) => {
  const device = await Device.make(t, { name: 'lacks', material, port: broker.port });
  await device.observe();
  const agent = await device.start(withFault(PLAIN, 'memory cannot be read'));
  const { code, stderr } = await agent.ended;
  t.is(code, 1);
  t.regex(stderr, /TypeError: injected/);
  await device.until(() => device.statuses.some(({ state }) => state === 'offline'));
  t.like(device.statuses.at(-1), { state: 'offline', reason: 'failed' });
});

for (const [what, isMended, status] of [
  ['that are lost', false, 1],
  ['that a mended disk takes at the last moment', true, 0],
] as const) {
  test(`an agent without disk and broker ends with status ${status} for events ${what}`, async (t) => {
    const changes = { report: { mode: 'frames' }, log: { level: 'debug' } };
    const device = await Device.make(t, { name: 'diskless', material, port: await freePort(), changes });
    const place = join(device.folder, 'state', 'outbox');
    await mkdir(join(device.folder, 'state'));
    await writeFile(place, 'no folder');
    const agent = device.launch();
    await until(() => agent.stderr().includes('frame done frame=3 ') || agent.child.exitCode !== null);
    t.regex(agent.stderr(), /going on in memory/);
    if (isMended) await rm(place);
    agent.child.kill('SIGTERM');
    const { code, stderr } = await agent.ended;
    t.is(code, status, stderr);
    t.regex(stderr, new RegExp(`messages could not be delivered .*keptForTheNextStart=${isMended}`));
  });
}
