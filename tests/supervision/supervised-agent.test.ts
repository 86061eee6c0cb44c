import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { PLAIN } from '../agent/runtimes.js';
import { makeMaterial } from '../clock/faked-agent.js';
import { notified } from './support/supervise.js';
import { superviseAgent } from './support/supervise-agent.js';

const material = await makeMaterial();

test.after.always(() => material.remove());

test('the agent itself is restarted when it stands still, counts its starts, and says when it stops', async (t) => {
  const { supervisor, folder } = await superviseAgent(t, material, () => PLAIN);
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
