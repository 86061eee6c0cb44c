import { join } from 'node:path';
import { LONGEST_PASS_MILLISECONDS } from '@oneface/edge/supervision/liveness';
import test from 'ava';
import { projectFile } from '../support/paths.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { readServiceUnit } from './support/service-unit.js';
import { type Incident, notified, type SupervisorSettings, supervise } from './support/supervise.js';

/** Everything goes so many times faster than on a device. */
const SPEED = 5;

const unit = await readServiceUnit();
const SETTINGS: SupervisorSettings = {
  watchdogSec: unit.seconds('WatchdogSec') / SPEED,
  timeoutAbortSec: unit.seconds('TimeoutAbortSec') / SPEED,
  restartSec: unit.seconds('RestartSec') / SPEED,
  watchdogSignal: unit.value('WatchdogSignal'),
  abstract: false,
};
const AGENT_LIKE = projectFile('tests/dist/supervision/fixtures/agent-like.js');

async function agentLike(trouble: string, t: Parameters<typeof temporaryFolder>[0]) {
  const lives = join(await temporaryFolder(t), 'lives');
  return [process.execPath, AGENT_LIKE, trouble, lives, String(LONGEST_PASS_MILLISECONDS / SPEED)];
}

const count = (incidents: readonly Incident[], what: Incident['what']) =>
  incidents.filter((incident) => incident.what === what).length;

for (const [trouble, name] of [
  ['event-loop', 'an event loop that is blocked'],
  ['inference', 'an inference that never ends'],
  ['frame-loop', 'a frame loop that stands still'],
] as const) {
  test(`${name} gets the process killed and started again`, async (t) => {
    const supervisor = supervise(t, SETTINGS, await agentLike(trouble, t));
    await supervisor.until(({ what }) => what === 'watchdog');
    const isSecond = (incident: Incident) =>
      incident.what === 'started' &&
      count(supervisor.incidents, 'started') === 2 &&
      incident !== supervisor.incidents[0];
    const second = await supervisor.until(isSecond);
    const ended = await supervisor.until(({ what }) => what === 'ended');
    t.true(second.at > ended.at);
    t.regex(supervisor.output(), new RegExp(`standstill trouble=${trouble}`));
    if (trouble !== 'event-loop') t.regex(supervisor.output(), /error the agent is stuck: .* limit=/);
    await supervisor.until((incident) => incident.at > second.at && notified('WATCHDOG=1')(incident));
    t.is(count(supervisor.incidents, 'watchdog'), 1, 'the second life is sound');
    t.is(count(supervisor.incidents, 'rejected'), 0);
  });
}

test('a camera that is not there is no standstill: the process is left alone', async (t) => {
  const supervisor = supervise(t, SETTINGS, await agentLike('no-camera', t));
  const ready = await supervisor.until(notified('READY=1'));
  await supervisor.until((incident) => incident.at > ready.at + 2 * SETTINGS.watchdogSec);
  t.is(count(supervisor.incidents, 'watchdog'), 0);
  t.is(count(supervisor.incidents, 'started'), 1);
});

for (const abstract of [false, true]) {
  test(`the service manager hears of start, state and stop, at ${abstract ? 'an abstract' : 'a named'} socket`, async (t) => {
    const supervisor = supervise(t, { ...SETTINGS, abstract }, await agentLike('no-camera', t));
    const started = await supervisor.until(({ what }) => what === 'started');
    const ready = await supervisor.until(notified('READY=1'));
    t.deepEqual(ready.what === 'notified' && ready.lines, ['READY=1', 'STATUS=looks at frames']);
    await supervisor.until(notified('WATCHDOG=1'));
    if (started.what === 'started') process.kill(started.pid, 'SIGTERM');
    await supervisor.until(notified('STOPPING=1'));
    const ended = await supervisor.until(({ what }) => what === 'ended');
    t.is(ended.what === 'ended' && ended.status, 0);
    t.is(count(supervisor.incidents, 'rejected'), 0);
  });
}

test('a status cannot smuggle in another message', async (t) => {
  const folder = await temporaryFolder(t);
  const module = new URL(`file://${projectFile('src/edge/dist/supervision/service-manager.js')}`).href;
  const script = `
    const { createServiceManager } = await import(${JSON.stringify(module)});
    const manager = createServiceManager(process.env, process.pid, { error: console.error });
    await manager.status('camera /dev/video0\\nSTOPPING=1\\nMAINPID=1');
    setInterval(() => {}, 1000);`;
  const command = [process.execPath, '--input-type=module', '--eval', script, folder];
  const supervisor = supervise(t, SETTINGS, command);
  const status = await supervisor.until(({ what }) => what === 'notified');
  t.deepEqual(status.what === 'notified' && status.lines, ['STATUS=camera /dev/video0 STOPPING=1 MAINPID=1']);
});
