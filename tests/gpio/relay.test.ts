import { execFileSync } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { GpioOptions, RelayOptions } from '@oneface/edge/gpio/gpio-options';
import test, { type ExecutionContext } from 'ava';
import { childIds, endsSoon } from '../frames/support/processes.js';
import { AgentProcess, gpioOptions, relayAt } from './support/agent-process.js';
import { CHIP, FakeSysfs } from './support/fake-sysfs.js';
import { eventually } from './support/text-lines.js';

const RELAY_OFF = fileURLToPath(new URL('./support/relay-off-program.js', import.meta.url));
/** The pin of line 17, and what it shows when a relay that is on when it is high goes on and off. */
const PIN = 529;
const ON = `pin ${PIN} 1`;
const OFF = `pin ${PIN} 0`;
const HELD = 'the relay is held and off';
const ENDED = "the relay's process ended and is started again";

/** Starts an agent with a relay at line 17 and waits until it is held. */
async function start(t: ExecutionContext, changes: Partial<RelayOptions> = {}) {
  const sysfs = await FakeSysfs.mount(t, CHIP);
  return { sysfs, ...(await startAgain(t, sysfs, changes)) };
}

async function startAgain(t: ExecutionContext, sysfs: FakeSysfs, changes: Partial<RelayOptions> = {}) {
  const options = gpioOptions({ relay: relayAt(17, changes) });
  const agent = new AgentProcess(t, options, { inside: sysfs.inside.bind(sysfs) });
  const { process: holder } = await agent.logged(HELD);
  return { agent, holder: Number(holder) };
}

/** Switches the relay on and gives the number of events until then. */
async function switchOn(agent: AgentProcess, sysfs: FakeSysfs, milliseconds = 60_000): Promise<number> {
  const before = (await sysfs.events()).length;
  agent.say(`on ${milliseconds}`);
  return sysfs.event(ON, before);
}

test.serial('a relay is off at start, even if it was left on', async (t) => {
  const sysfs = await FakeSysfs.mount(t, CHIP);
  await sysfs.do(`export ${PIN}`);
  execFileSync(...sysfs.inside('/bin/sh', '-c', `echo high > /sys/class/gpio/gpio${PIN}/direction`));
  const before = await sysfs.event(ON);
  await startAgain(t, sysfs);
  t.deepEqual(await sysfs.events(before), [OFF]);
});

test.serial('a relay that is on when its line is low is never switched on by the start', async (t) => {
  const { sysfs, agent } = await start(t, { activeLow: true });
  t.deepEqual(await sysfs.events(), [`export ${PIN}`, ON]);
  agent.say('on 60000');
  const on = await sysfs.event(OFF);
  agent.say('off');
  await sysfs.event(ON, on);
  t.is(await sysfs.show(PIN), 'exported out 1 1 none');
});

test.serial('a relay goes on and off when it is told to, and off when its time is over', async (t) => {
  const { sysfs, agent } = await start(t);
  const on = await switchOn(agent, sysfs);
  agent.say('off');
  t.true((await sysfs.event(OFF, on)) > on);
  const again = await switchOn(agent, sysfs, 100);
  t.true((await sysfs.event(OFF, again)) > again);
});

test.serial(
  'a relay goes off at its longest on-time, held in the process that owns the line: the agent is blocked',
  async (t) => {
    const { sysfs, agent } = await start(t, { longestOnSeconds: 0.3 });
    const on = await switchOn(agent, sysfs);
    agent.say('block 600000');
    t.true((await sysfs.event(OFF, on)) > on);
  },
);

test.serial(
  'a relay goes off at its longest on-time although an agent gone wrong tells it to stay on for ever',
  async (t) => {
    const { sysfs, agent } = await start(t, { longestOnSeconds: 0.3 });
    agent.say('insist 60000');
    const off = await sysfs.event(OFF, await sysfs.event(ON));
    await delay(500);
    t.deepEqual(await sysfs.events(off), [], 'and stays off');
  },
);

test.serial('a relay goes off at exit: the agent ends in order', async (t) => {
  const { sysfs, agent } = await start(t);
  const on = await switchOn(agent, sysfs);
  await agent.do('close');
  t.deepEqual(await sysfs.events(on), [OFF], 'before the agent is told that it is closed');
  t.is(await sysfs.show(PIN), 'exported out 0 0 none', 'and is still driven: a free line could float to on');
  t.is(agent.log.filter(({ level }) => level === 'error').length, 0);
});

const CRASHES: Readonly<Record<string, (agent: AgentProcess) => unknown>> = {
  'the agent ends at once': (agent) => agent.say('exit'),
  'the agent crashes': (agent) => agent.say('throw'),
  'the agent is killed': (agent) => agent.child.kill('SIGKILL'),
  'the agent is killed while it is blocked': async (agent) => {
    agent.say('block 600000');
    await delay(50);
    agent.child.kill('SIGKILL');
  },
  'the agent is killed with its process group': (agent) => process.kill(-agent.pid, 'SIGKILL'),
};

for (const [way, end] of Object.entries(CRASHES)) {
  test.serial(`a relay goes off after a crash, and its process ends: ${way}`, async (t) => {
    const { sysfs, agent, holder } = await start(t);
    const on = await switchOn(agent, sysfs);
    await end(agent);
    await sysfs.event(OFF, on);
    t.true(await endsSoon(`${holder}`));
  });
}

test.serial('a relay process whose agent is killed while it starts switches off and ends', async (t) => {
  const sysfs = await FakeSysfs.mount(t, CHIP);
  await sysfs.do(`export ${PIN}`);
  execFileSync(...sysfs.inside('/bin/sh', '-c', `echo high > /sys/class/gpio/gpio${PIN}/direction`));
  const before = await sysfs.event(ON);
  const options = gpioOptions({ relay: relayAt(17) });
  const agent = new AgentProcess(t, options, { inside: sysfs.inside.bind(sysfs) });
  const holder = await eventually(async () => (await childIds(agent.pid))[0]);
  await agent.kill('SIGKILL');
  t.true(await endsSoon(holder));
  t.deepEqual(await sysfs.events(before), [OFF]);
});

test.serial('a program of the agent that outlives it does not keep the relay on', async (t) => {
  const { sysfs, agent } = await start(t);
  await agent.do('child 600');
  const { child } = await agent.logged('child');
  t.teardown(() => process.kill(Number(child), 'SIGKILL'));
  const on = await switchOn(agent, sysfs);
  agent.child.kill('SIGKILL');
  await sysfs.event(OFF, on);
  t.notThrows(() => process.kill(Number(child), 0));
});

test.serial('a relay whose process is killed is held again at once, and off', async (t) => {
  const { sysfs, agent, holder } = await start(t);
  const on = await switchOn(agent, sysfs);
  process.kill(holder, 'SIGKILL');
  await agent.logged(HELD, 2);
  t.deepEqual(await sysfs.events(on), [OFF]);
  const { complaint, seconds } = await agent.logged(ENDED);
  t.is(complaint, 'it was ended by SIGKILL');
  t.is(seconds, 0);
  await switchOn(agent, sysfs);
  process.kill(await agent.holder(), 'SIGKILL');
  t.is((await agent.logged(ENDED, 2)).seconds, 1, 'the next times after pauses that grow');
});

test.serial(
  'SIGTERM for all processes at once, as systemd sends it, sets the relay off and looks like no failure',
  async (t) => {
    const { sysfs, agent, holder } = await start(t);
    const on = await switchOn(agent, sysfs);
    process.kill(holder, 'SIGTERM');
    agent.child.kill('SIGTERM');
    await sysfs.event(OFF, on);
    await agent.ended();
    t.is(agent.child.exitCode, 0);
    t.is(agent.count(ENDED), 0);
    t.is(agent.count('the relay may be on: its process did not end in order'), 0);
    t.true(await endsSoon(`${holder}`));
    t.deepEqual(await sysfs.events(on), [OFF]);
  },
);

test.serial('SIGTERM for all processes of an agent that is stuck sets the relay off for good', async (t) => {
  const { sysfs, agent, holder } = await start(t);
  const on = await switchOn(agent, sysfs);
  agent.say('block 600000');
  await delay(50);
  agent.child.kill('SIGTERM');
  process.kill(holder, 'SIGTERM');
  await sysfs.event(OFF, on);
  t.true(await endsSoon(`${holder}`));
  t.deepEqual(await sysfs.events(on), [OFF]);
});

test.serial(
  'SIGTERM for the relay process alone sets the relay off, and the agent starts another',
  async (t) => {
    const { sysfs, agent, holder } = await start(t);
    const on = await switchOn(agent, sysfs);
    process.kill(holder, 'SIGTERM');
    await sysfs.event(OFF, on);
    await agent.do('on 60000');
    await agent.logged(HELD, 2);
    t.deepEqual(await sysfs.events(on), [OFF], 'no order is obeyed after it');
    await switchOn(agent, sysfs);
  },
);

test.serial('when all are killed at once the relay stays on, until relay-off switches it off', async (t) => {
  const { sysfs, agent, holder } = await start(t);
  const on = await switchOn(agent, sysfs);
  // Stopped, it cannot see that the agent is gone before it is killed itself.
  process.kill(holder, 'SIGSTOP');
  await agent.kill('SIGKILL');
  process.kill(holder, 'SIGKILL');
  t.true(await endsSoon(`${holder}`));
  t.deepEqual(await sysfs.events(on), []);

  const relayOff = (options: Partial<GpioOptions>) =>
    execFileSync(
      ...sysfs.inside(process.execPath, RELAY_OFF, JSON.stringify(gpioOptions(options))),
    ).toString();
  t.is(relayOff({}), 'the device has no relay');
  t.is(relayOff({ relay: relayAt(17) }), 'the relay at line 17 is off (onoff pinctrl-bcm2711 (base 512))');
  t.deepEqual(await sysfs.events(on), [OFF]);
  t.is(await sysfs.show(PIN), 'exported out 0 0 none');
});

test.serial('a relay whose line cannot be had is named, and had as soon as it can', async (t) => {
  const sysfs = await FakeSysfs.mount(t, CHIP);
  await sysfs.do(`busy ${PIN} 1`);
  const options = gpioOptions({ relay: relayAt(17) });
  const agent = new AgentProcess(t, options, { inside: sysfs.inside.bind(sysfs) });
  const { complaint } = await agent.logged(ENDED);
  t.regex(`${complaint}`, /^Expected GPIO line 17 but received: an error: EBUSY/);
  await agent.do('on 60000');
  await sysfs.do(`busy ${PIN} 0`);
  await agent.logged(HELD);
  t.deepEqual(await sysfs.events(), [`export ${PIN}`, OFF], 'what was ordered before does not count');
});

test.serial(
  'a relay that cannot be switched any more is held by a new process, which switches it off',
  async (t) => {
    const { sysfs, agent } = await start(t);
    const on = await switchOn(agent, sysfs);
    await sysfs.do(`broken ${PIN} 1`);
    agent.say('off');
    const { complaint } = await agent.logged(ENDED);
    t.regex(`${complaint}`, /^Expected GPIO line 17 but received: an error: EIO/);
    await sysfs.do(`broken ${PIN} 0`);
    t.true((await sysfs.event(OFF, on)) > on);
  },
);

test.serial(
  'a relay process that hangs is replaced once it has left thousands of orders unread',
  async (t) => {
    const { sysfs, agent, holder } = await start(t);
    const on = await switchOn(agent, sysfs);
    process.kill(holder, 'SIGSTOP');
    await agent.do('flood 100000');
    t.is((await agent.logged(ENDED)).complaint, 'it was ended by SIGKILL');
    t.true((await sysfs.event(OFF, on)) > on);
  },
);
