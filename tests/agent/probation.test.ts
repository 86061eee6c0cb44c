import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import test from 'ava';
import { makeMaterial } from '../clock/faked-agent.js';
import { freePort, startMosquitto } from '../mqtt/support/brokers.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { writeAgentConfig } from './agent-config.js';
import { Device, head } from './device.js';
import { startProgramIn } from './program.js';
import { hastened, PLAIN, withFault } from './runtimes.js';

const material = await makeMaterial();

test.after.always(() => material.remove());

/** New values are confirmed after 40 seconds, and taken back after ten minutes. */
const [HASTE, GREAT_HASTE] = [10, 60];

test('a setting stays once the agent has run with it and been connected, and a camera that is asked seldom is well', async (t) => {
  const broker = await startMosquitto(await freePort());
  t.teardown(() => broker.stop());
  const device = await Device.make(t, {
    name: 'tries',
    material: { ...material, frames: join(material.frames, '0.png') },
    port: broker.port,
    changes: { wake: { mode: 'motion', awakeSeconds: 3600 }, health: { port: false, everySeconds: 5 } },
  });
  await device.observe();
  const first = await device.start(hastened(PLAIN, HASTE));
  // Long enough for the same picture to be that of a frozen camera, if it came from one.
  await device.until(() => device.health.some(({ uptimeSeconds }) => uptimeSeconds >= 15), first);
  const set = { ...head('seldom-1'), command: 'set-config', path: 'frames.perSecond', value: 0.01 } as const;
  await device.send(JSON.stringify(set));
  t.is((await first.ended).code, 0, first.stderr());

  const second = await device.start(hastened(PLAIN, HASTE));
  t.like(await device.final('seldom-1'), {
    state: 'successful',
    result: { overrides: { 'frames.perSecond': 0.01 } },
  });
  const before = device.health.length;
  t.is((await device.command({ ...head('health-1'), command: 'send-health' })).state, 'successful');
  await device.until(() => device.health.length > before, second);
  const last = device.health.at(-1);
  t.false(device.health.some(({ camera }) => 'frozen' in camera.counts));
  t.false('stalled' in (last?.camera.counts ?? {}), JSON.stringify(last?.camera));
  t.true(last !== undefined && last.uptimeSeconds >= 40);
  t.true(last !== undefined && last.frames.captured < 5, JSON.stringify(last?.frames));
  t.is(last?.starts, 2);
});

for (const [trouble, perSecond, runtime, reason] of [
  // So seldom that no frame is in work at the last moment, which may take long by a clock that runs so fast.
  ['its broker away', 0.011, PLAIN, 'no connection'],
  ['its model stuck', 20, withFault(PLAIN, 'inference hangs'), 'inference'],
] as const) {
  test(`a setting is taken back when the agent runs with it and with ${trouble}`, async (t) => {
    const folder = await temporaryFolder(t);
    const config = await writeAgentConfig(folder, material);
    const file = join(folder, 'state', 'settings.json');
    await mkdir(join(folder, 'state'));
    const probation = { id: 'faster-1', values: { 'frames.perSecond': perSecond }, starts: 0 };
    await writeFile(file, JSON.stringify({ version: 1, confirmed: {}, probation }));
    const agent = startProgramIn(hastened(runtime, GREAT_HASTE), t, 'run', '--config', config);
    const settings = async () => JSON.parse(await readFile(file, 'utf8'));
    while ('probation' in (await settings()) && agent.child.exitCode === null) await delay(50);
    t.deepEqual(
      await settings(),
      {
        version: 1,
        confirmed: {},
        settled: {
          id: 'faster-1',
          outcome: 'rolled-back',
          reason: `the agent was not well with it: ${reason}`,
        },
      },
      agent.stderr(),
    );
    const pauses = [...agent.stderr().matchAll(/next connection milliseconds=(\d+)/g)].map(
      ([, text]) => text,
    );
    t.true(new Set(pauses).size > 2, 'a fleet does not return in one wave');
  });
}
