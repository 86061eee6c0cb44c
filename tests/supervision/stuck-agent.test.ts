import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import test from 'ava';
import sharp from 'sharp';
import { type AgentMaterial, writeAgentConfig } from '../agent/agent-config.js';
import { startProgramIn } from '../agent/program.js';
import { hastened, PLAIN, withFault } from '../agent/runtimes.js';
import { makeMaterial } from '../clock/faked-agent.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { notified } from './support/supervise.js';
import { superviseAgent } from './support/supervise-agent.js';

const material = await makeMaterial();

test.after.always(() => material.remove());

test('the agent itself is restarted when a pass of its model never ends, and says what it was stuck in', async (t) => {
  const { supervisor } = await superviseAgent(t, material, (folder) =>
    withFault(PLAIN, 'inference hangs', join(folder, 'hung')),
  );
  const first = await supervisor.until(({ what }) => what === 'started');
  await supervisor.until(notified('READY=1'));
  const watchdog = await supervisor.until(({ what }) => what === 'watchdog');
  t.regex(supervisor.output(), /the agent is stuck: it does not say that it is alive what=inference/);
  const second = await supervisor.until((incident) => incident.what === 'started' && incident !== first);
  t.true(second.at > watchdog.at);
  await supervisor.until((incident) => incident.at > second.at && notified('WATCHDOG=1')(incident));
  t.is(supervisor.incidents.filter(({ what }) => what === 'watchdog').length, 1, 'the second life is sound');
});

/** The agent's clocks go so many times faster: it takes a minute until a frame loop counts as stuck. */
const HASTE = 10;
/** Long, as many tests may share few cores. */
const PATIENCE_MILLISECONDS = 60_000;

async function blankFrames(folder: string): Promise<AgentMaterial> {
  const frames = join(folder, 'blank');
  await mkdir(frames);
  const blank = sharp({ create: { width: 160, height: 160, channels: 3, background: '#181a20' } });
  await blank.png().toFile(join(frames, '0.png'));
  return { files: material.files, frames };
}

for (const [where, fault, what, isAsleep] of [
  ['decoding a frame', 'decoding hangs', 'decoding', false],
  ['a glance while it sleeps', 'decoding hangs', 'decoding', true],
  ['its frame loop', 'naps never end', '"frame loop: a frame"', false],
] as const) {
  test(`an agent that gets stuck in ${where} is not said to be alive`, async (t) => {
    const folder = await temporaryFolder(t);
    const changes = isAsleep
      ? { frames: { idlePerSecond: 20 }, wake: { mode: 'motion', awakeSeconds: 1 } }
      : { frames: { perSecond: 20 } };
    const config = await writeAgentConfig(folder, isAsleep ? await blankFrames(folder) : material, changes);
    const { command, env } = hastened(withFault(PLAIN, fault), HASTE);
    // Nobody listens there: what it would be told stands in the log.
    const watched = { ...env, NOTIFY_SOCKET: join(folder, 'nobody'), WATCHDOG_USEC: '15000000' };
    const agent = startProgramIn({ command, env: watched }, t, 'run', '--config', config);
    const stuck = `the agent is stuck: it does not say that it is alive what=${what} `;
    const isStuck = () => agent.stderr().includes(stuck);
    const deadline = Date.now() + PATIENCE_MILLISECONDS;
    while (!isStuck() && agent.child.exitCode === null && Date.now() < deadline) await delay(50);
    t.true(isStuck(), agent.stderr());
  });
}
