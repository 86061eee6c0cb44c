import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { type Material, makeMaterial } from '../clock/faked-agent.js';
import { freePort } from '../mqtt/support/brokers.js';
import { projectFile } from '../support/paths.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { readServiceUnit } from './support/service-unit.js';
import { notified, supervise } from './support/supervise.js';

const material: Material = await makeMaterial();
const unit = await readServiceUnit();

/** Faster than on a device. */
const SPEED = 5;

test.after.always(() => material.remove());

test('the agent itself is restarted when it stands still, counts its starts, and says when it stops', async (t) => {
  const folder = await temporaryFolder(t);
  const config = join(folder, 'config.json');
  const settings = {
    device: 'door-1',
    source: { kind: 'folder', path: material.frames, repeat: true },
    bundle: material.files.bundle,
    trustedKeys: [material.files.key],
    // Nobody listens there: a broker that is away is no standstill.
    mqtt: { url: `mqtt://127.0.0.1:${await freePort()}` },
    health: { port: false },
  };
  await mkdir(join(folder, 'state'));
  await writeFile(config, JSON.stringify(settings));
  const supervisor = supervise(
    t,
    {
      watchdogSec: unit.seconds('WatchdogSec') / SPEED,
      timeoutAbortSec: unit.seconds('TimeoutAbortSec') / SPEED,
      restartSec: unit.seconds('RestartSec') / SPEED,
      watchdogSignal: unit.value('WatchdogSignal'),
      abstract: false,
    },
    [process.execPath, projectFile('src/edge/dist/main.js'), 'run', '--config', config],
  );
  const first = await supervisor.until(({ what }) => what === 'started');
  const ready = await supervisor.until(notified('READY=1'));
  t.regex(ready.what === 'notified' ? ready.lines.join() : '', /STATUS=.*mqtt:/);
  await supervisor.until(notified('WATCHDOG=1'));
  t.is(supervisor.incidents.filter(({ what }) => what === 'started').length, 1, supervisor.output());
  if (first.what === 'started') process.kill(first.pid, 'SIGSTOP');
  await supervisor.until(({ what }) => what === 'watchdog');
  const second = await supervisor.until((incident) => incident.what === 'started' && incident !== first);
  await supervisor.until((incident) => incident.at > second.at && notified('READY=1')(incident));
  t.deepEqual(JSON.parse(await readFile(join(folder, 'state', 'starts.json'), 'utf8')), { starts: 2 });
  if (second.what === 'started') process.kill(second.pid, 'SIGTERM');
  await supervisor.until(notified('STOPPING=1'));
});
