import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { connectAsync } from 'mqtt';
import sharp, { type Sharp } from 'sharp';
import { facePicture, writeColorBundle } from '../agent/color-bundle.js';
import { startProgramIn } from '../agent/program.js';
import { startAedes } from '../mqtt/support/brokers.js';
import { observe } from '../mqtt/support/observer.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { CHIP, FakeSysfs } from './support/fake-sysfs.js';

const broker = await startAedes();
test.after.always(() => broker.stop());

const BLANK = sharp({ create: { width: 240, height: 200, channels: 3, background: '#181a20' } });

/** Starts the real agent where the file system is mounted, on one picture again and again. */
async function start(t: ExecutionContext, device: string, picture: Sharp, changes: object) {
  const sysfs = await FakeSysfs.mount(t, CHIP);
  const folder = await temporaryFolder(t);
  const files = await writeColorBundle(folder);
  await mkdir(join(folder, 'frames'));
  await picture.png().toFile(join(folder, 'frames', '0.png'));
  const config = {
    device,
    source: { kind: 'folder', path: 'frames', repeat: true },
    bundle: files.bundle,
    trustedKeys: [files.key],
    mqtt: { url: `mqtt://127.0.0.1:${broker.port}`, version: 4 },
    frames: { perSecond: 20, idlePerSecond: 5 },
    report: { mode: 'frames' },
    health: { port: false },
    ...changes,
  };
  await writeFile(join(folder, 'config.json'), JSON.stringify(config));
  const observer = await observe(broker.port, `oneface/${device}/#`);
  t.teardown(() => observer.close());
  const [runtime, first] = sysfs.inside(process.execPath);
  const program = startProgramIn(
    { command: [runtime, ...first], env: process.env },
    t,
    'run',
    '--config',
    join(folder, 'config.json'),
  );
  t.teardown(async () => {
    program.child.kill('SIGKILL');
    await program.ended;
    await rm(join(folder, 'state'), { recursive: true, force: true });
  });
  return { sysfs, observer, program };
}

test.serial('a trigger at a GPIO line wakes the agent', async (t) => {
  const { sysfs, observer, program } = await start(t, 'sleeper', BLANK, {
    wake: { mode: 'trigger', awakeSeconds: 1 },
    gpio: { triggers: [{ line: 5, kind: 'pir' }] },
  });
  const events = () => observer.received.filter(({ topic }) => topic.endsWith('/events')).length;
  await observer.until(({ topic }) => topic.endsWith('/events'));
  // It falls asleep when nothing has come for a while.
  let before = -1;
  for (let quiet = 0; quiet < 30; quiet = events() === before ? quiet + 1 : 0) {
    before = events();
    await delay(20);
  }
  t.is(await sysfs.show(517), 'exported in 0 0 rising', program.stderr());
  await sysfs.do('level 517 1');
  while (events() === before) await delay(5);
  t.regex(program.stderr(), /GPIO driver chosen driver="onoff pinctrl-bcm2711 \(base 512\)"/);
});

test.serial('a relay follows a presence, the light blinks for a command, and both go off', async (t) => {
  const { data, width, height } = facePicture(240, 200, 160, 0);
  const face = sharp(data, { raw: { width, height, channels: 3 } });
  const { sysfs, observer, program } = await start(t, 'lamp', face, {
    gpio: { relay: { line: 17, follow: 'presence', longestOnSeconds: 600 }, light: { line: 22 } },
  });
  const on = await sysfs.event('pin 529 1');
  const operator = await connectAsync(`mqtt://127.0.0.1:${broker.port}`);
  const command = { schemaVersion: 1, id: 'find-the-lamp', command: 'identify', seconds: 1 };
  await observer.until(({ topic }) => topic.endsWith('/status'));
  await operator.publishAsync('oneface/lamp/commands', JSON.stringify(command), { qos: 1 });
  const lit = await sysfs.event('pin 534 1');
  await sysfs.event('pin 534 0', lit);
  await operator.endAsync();
  program.child.kill('SIGTERM');
  t.is((await program.ended).code, 0, program.stderr());
  t.true((await sysfs.events(on)).includes('pin 529 0'));
  t.is(await sysfs.show(529), 'exported out 0 0 none');
  t.is(await sysfs.show(534), 'exported out 0 0 none');
  t.notRegex(program.stderr(), /the relay's process ended|may be on/);
});
