import type { GpioOptions } from '@oneface/edge/gpio/gpio-options';
import { switchRelayOff } from '@oneface/edge/gpio/relay-off';
import test, { type ExecutionContext } from 'ava';
import { endsSoon } from '../frames/support/processes.js';
import { AgentProcess, gpioOptions, pir, relayAt } from './support/agent-process.js';
import { FakeLibgpiod } from './support/fake-libgpiod.js';
import { eventually } from './support/text-lines.js';

const HELD = 'the relay is held and off';
const LINES = { relay: relayAt(17), light: { line: 22, activeLow: false }, triggers: [pir(5)] };

async function start(t: ExecutionContext, version: 1 | 2, lines: Partial<GpioOptions> = LINES) {
  const gpio = await FakeLibgpiod.make(t, version);
  const agent = new AgentProcess(t, gpioOptions({ driver: 'libgpiod', ...lines }), { env: gpio.env });
  if (lines.relay) await agent.logged(HELD);
  if (lines.triggers) await agent.logged('listening to a trigger');
  return { gpio, agent };
}

for (const version of [1, 2] as const) {
  test.serial(
    `no gpioset or gpiomon outlives a killed agent, and the relay is off, version ${version}`,
    async (t) => {
      const { gpio, agent } = await start(t, version);
      await gpio.happened('watch 5');
      const holder = await agent.holder();
      agent.say('on 60000');
      await gpio.happened('set 17 1 pull-down');
      await agent.kill('SIGKILL');
      t.true(await endsSoon(`${holder}`));
      for (const line of [5, 17, 22]) t.true(await gpio.isFreeSoon(line));
      t.is(gpio.log().at(-1), 'set 17 0 pull-down');
    },
  );
}

test.serial(
  'the relay goes off at its longest on-time through gpioset while the agent is blocked',
  async (t) => {
    const { gpio, agent } = await start(t, 1, { relay: relayAt(17, { longestOnSeconds: 0.3 }) });
    await gpio.happened('set 17 0 pull-down', 2);
    await agent.do('on 60000');
    agent.say('block 600000');
    await gpio.happened('set 17 1 pull-down');
    await gpio.happened('set 17 0 pull-down', 3);
    t.is(gpio.log().filter((line) => line === 'set 17 0 pull-down').length, 3);
  },
);

test.serial('a relay whose process or gpioset is killed is held again, and off', async (t) => {
  const { gpio, agent } = await start(t, 1, { relay: relayAt(17) });
  agent.say('on 60000');
  await gpio.happened('set 17 1 pull-down');
  const gpioset = gpio.owner(17);
  process.kill(await agent.holder(), 'SIGKILL');
  t.true(await endsSoon(`${gpioset}`), 'its gpioset dies with it');
  await gpio.happened('set 17 0 pull-down', 3);
  await agent.logged(HELD, 2);
  agent.say('on 60000');
  await gpio.happened('set 17 1 pull-down', 2);
  process.kill(gpio.owner(17), 'SIGKILL');
  const ended = await agent.logged("the relay's process ended and is started again", 2);
  t.regex(`${ended.complaint}`, /gpioset ended: it was ended by SIGKILL$/);
  t.is(gpio.log().at(-1), 'set 17 0 pull-down');
  await agent.logged(HELD, 3);
});

test.serial('a gpiomon that dies is logged and started again', async (t) => {
  const { gpio, agent } = await start(t, 1, { triggers: [pir(5)] });
  await gpio.happened('watch 5');
  process.kill(gpio.owner(5), 'SIGKILL');
  const { error, trigger, seconds } = await agent.logged('a trigger is lost and tried again');
  t.is(trigger, 'pir at line 5');
  t.is(error, 'Expected GPIO line 5 but received: gpiomon ended: it was ended by SIGKILL');
  t.is(seconds, 1);
  await gpio.happened('watch 5', 2);
  await gpio.level(5, 1);
  await agent.logged('rise');
});

test.serial('the light blinks through gpioset and is off at the end', async (t) => {
  const { gpio, agent } = await start(t, 2, { light: { line: 22, activeLow: true } });
  await agent.do('blink 1');
  await gpio.happened('set 22 0 pull-up', 2);
  await agent.do('close');
  t.is(gpio.log().at(-1), 'set 22 1 pull-up');
  t.true(await gpio.isFreeSoon(22));
});

test.serial('relay-off sets the line off once its gpioset is gone, and says so when it cannot', async (t) => {
  const gpio = await FakeLibgpiod.make(t, 1);
  const options = gpioOptions({ driver: 'libgpiod', relay: relayAt(17, { activeLow: true }) });
  const said = await switchRelayOff(options, gpio.env);
  t.is(said, 'the relay at line 17 is off (libgpiod 1 pinctrl-bcm2711 (gpiochip0))');
  t.is(gpio.log().at(-1), 'set 17 1 pull-up');
  const before = gpio.log().length;
  const agent = new AgentProcess(t, options, { env: gpio.env });
  await agent.logged(HELD);
  await eventually(() => gpio.log().length === before + 2 || undefined);
  await t.throwsAsync(switchRelayOff(options, gpio.env), { message: /Device or resource busy$/ });
});
