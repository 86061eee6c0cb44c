import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { GpioOptions } from '@oneface/edge/gpio/gpio-options';
import test, { type ExecutionContext } from 'ava';
import { AgentProcess, gpioOptions, pir } from './support/agent-process.js';
import { CHIP, FakeSysfs } from './support/fake-sysfs.js';

const LIGHT = { line: 22, activeLow: false };

/** Starts an agent in a namespace where the file system is mounted, and waits until its lines are open. */
async function start(t: ExecutionContext, options: Partial<GpioOptions>, sysfs: FakeSysfs) {
  const inside = sysfs.inside.bind(sysfs);
  const agent = new AgentProcess(t, gpioOptions(options), { inside });
  await agent.logged('open');
  return agent;
}

test.serial(
  'plain files allow outputs only: over a file system in user space the real onoff and epoll hear edges',
  async (t) => {
    const sysfs = await FakeSysfs.mount(t, CHIP);
    const agent = await start(t, { triggers: [pir(17)] }, sysfs);
    await agent.logged('listening to a trigger');
    t.is(await sysfs.show(529), 'exported in 0 0 rising');
    for (let edges = 1; edges <= 5; edges++) {
      await sysfs.do('level 529 1');
      await agent.logged('rise', edges);
      await sysfs.do('level 529 0');
    }
    await agent.do('close');
    t.is(agent.count('rise'), 5, 'every rising edge counts once, and no other');
    t.is(await sysfs.show(529), 'free in 0 0 none', 'the line is let go');
  },
);

for (const base of [0, 512, 571]) {
  test.serial(
    `the base offset differs by board and system: at ${base} the chip is found by its label`,
    async (t) => {
      const others = base === 0 ? ['raspberrypi-exp-gpio:504:8'] : ['pinctrl-other:100:10', 'rpi-exp:504:8'];
      const sysfs = await FakeSysfs.mount(t, ...others, `pinctrl-rp1:${base}:54`);
      const agent = await start(t, { light: LIGHT, triggers: [pir(4)] }, sysfs);
      const chosen = await agent.logged('GPIO driver chosen');
      t.is(chosen.driver, `onoff pinctrl-rp1 (base ${base})`);
      t.is(await sysfs.show(base + LIGHT.line), 'exported out 0 0 none');
      await agent.logged('listening to a trigger');
      await sysfs.do(`level ${base + 4} 1`);
      t.is((await agent.logged('rise')).message, 'rise');
    },
  );
}

test.serial('an output is off from the first moment, whatever level that is', async (t) => {
  const sysfs = await FakeSysfs.mount(t, CHIP);
  await start(t, { light: { line: 22, activeLow: true } }, sysfs);
  await start(t, { light: { line: 23, activeLow: false } }, sysfs);
  t.deepEqual(await sysfs.events(), ['export 534', 'pin 534 1', 'export 535', 'pin 535 0']);
});

test.serial('the light blinks, and is off and still driven when the agent has ended', async (t) => {
  const sysfs = await FakeSysfs.mount(t, CHIP);
  const agent = await start(t, { light: { line: 22, activeLow: true } }, sysfs);
  await agent.do('blink 1');
  const off = await sysfs.event('pin 534 1', await sysfs.event('pin 534 0'));
  await sysfs.event('pin 534 0', off);
  await agent.do('close');
  agent.say('exit');
  await agent.ended();
  t.is(await sysfs.show(534), 'exported out 1 1 none');
});

test.serial('an active-low input rises when its pin falls', async (t) => {
  const sysfs = await FakeSysfs.mount(t, CHIP);
  await sysfs.do('level 529 1');
  const agent = await start(t, { triggers: [pir(17, { activeLow: true })] }, sysfs);
  await agent.logged('listening to a trigger');
  await sysfs.do('level 529 0');
  await agent.logged('rise');
  await sysfs.do('level 529 1', 'level 529 0');
  await agent.logged('rise', 2);
  await agent.do('close');
  t.is(agent.count('rise'), 2);
});

test.serial('a bouncing contact counts once, and a blip not at all', async (t) => {
  const sysfs = await FakeSysfs.mount(t, CHIP);
  const triggers = [pir(17, { debounceMilliseconds: 50 }), pir(18, { debounceMilliseconds: 50 })];
  const agent = await start(t, { triggers }, sysfs);
  await agent.logged('listening to a trigger', 2);
  const bounces = ['level 529 1', 'level 529 0', 'level 529 1', 'level 529 0', 'level 529 1'];
  await sysfs.do('level 530 1', 'level 530 0', ...bounces);
  await agent.logged('rise');
  await sysfs.do('level 529 0', ...bounces);
  await agent.logged('rise', 2);
  await agent.do('close');
  t.is(agent.count('rise'), 2);
});

test.serial('a line that the chip does not have is named, and the agent does without', async (t) => {
  const sysfs = await FakeSysfs.mount(t, CHIP, 'other:100:10');
  const agent = await start(t, { light: { line: 58, activeLow: false }, triggers: [pir(57)] }, sysfs);
  const { error } = await agent.logged('a part at the GPIO lines cannot be had');
  t.is(error, 'Expected a line below 58 for pinctrl-bcm2711 but received 58');
  await agent.logged('listening to a trigger');
  t.is(await sysfs.show(569), 'exported in 0 0 rising');
});

test.serial('a chip that is not there is named, with those that are', async (t) => {
  const sysfs = await FakeSysfs.mount(t, 'one:0:8', 'two:8:8');
  const agent = await start(t, { driver: 'onoff', chip: 'three', light: LIGHT }, sysfs);
  const { part, error } = await agent.logged('a part at the GPIO lines cannot be had');
  t.is(part, 'all');
  t.is(error, 'Expected a GPIO chip labelled three under /sys/class/gpio but received one, two');
});

test.serial('a line that the kernel uses itself is named, and tried again', async (t) => {
  const sysfs = await FakeSysfs.mount(t, CHIP);
  await sysfs.do('busy 529 1');
  const agent = await start(t, { triggers: [pir(17)] }, sysfs);
  const { trigger, error, seconds } = await agent.logged('a trigger is lost and tried again');
  t.is(trigger, 'pir at line 17');
  t.regex(`${error}`, /^Expected GPIO line 17 but received: an error: EBUSY/);
  t.is(seconds, 1);
  await sysfs.do('busy 529 0');
  await agent.logged('listening to a trigger');
  await sysfs.do('level 529 1');
  await agent.logged('rise');
});

test.serial(
  'a line whose files udev has not yet given to the group is waited for, and tried again',
  async (t) => {
    const sysfs = await FakeSysfs.mount(t, CHIP);
    // onoff itself tries 10,000 times.
    await sysfs.do('slow 529 200', 'slow 530 10050');
    const agent = await start(t, { triggers: [pir(17), pir(18)] }, sysfs);
    const { trigger, error } = await agent.logged('a trigger is lost and tried again');
    t.is(trigger, 'pir at line 18');
    t.regex(`${error}`, /EACCES/);
    await agent.logged('listening to a trigger', 2);
    await sysfs.do('level 530 1');
    await agent.logged('rise');
  },
);

test.serial('a user who may not export lines does not get onoff, and is told why', async (t) => {
  const sysfs = await FakeSysfs.mount(t, CHIP);
  await sysfs.do('forbidden 1');
  const agent = await start(t, { light: LIGHT }, sysfs);
  const { error } = await agent.logged('a part at the GPIO lines cannot be had');
  t.regex(
    `${error}`,
    /^No way to the GPIO lines: Expected to be allowed to write \/sys\/class\/gpio\/export/,
  );
});

test.serial('a line that somebody else has exported and set up is taken over, off at once', async (t) => {
  const sysfs = await FakeSysfs.mount(t, CHIP);
  await sysfs.do('export 534', 'export 529');
  const setUp = 'cd /sys/class/gpio && echo high > gpio534/direction && echo both > gpio529/edge';
  execFileSync(...sysfs.inside('/bin/sh', '-c', setUp));
  const before = await sysfs.event('pin 534 1');
  // Line 17 has edges, so it cannot become an output as it is.
  await start(t, { light: { line: 22, activeLow: false } }, sysfs);
  await start(t, { light: { line: 17, activeLow: false } }, sysfs);
  t.deepEqual(await sysfs.events(before), ['pin 534 0', 'unexport 529', 'export 529', 'pin 529 0']);
});

test.serial('a line that somebody else has set up and that this user cannot is refused', async (t) => {
  const sysfs = await FakeSysfs.mount(t, CHIP);
  await sysfs.do('export 534', 'locked 534 1');
  const agent = await start(t, { light: LIGHT }, sysfs);
  const { part, error } = await agent.logged('a part at the GPIO lines cannot be had');
  t.is(part, 'light');
  t.regex(`${error}`, /^Expected GPIO line 22 but received: /);
});

test.serial(
  'a line that is taken away while it is listened to ends nothing, and is taken again',
  async (t) => {
    const sysfs = await FakeSysfs.mount(t, CHIP);
    const triggers = [pir(17), pir(18, { debounceMilliseconds: 20 })];
    const agent = await start(t, { triggers }, sysfs);
    await agent.logged('listening to a trigger', 2);
    await sysfs.do('unexport 529', 'unexport 530');
    const { error } = await agent.logged('a trigger is lost and tried again', 2);
    t.regex(`${error}`, /ENODEV/);
    await agent.logged('listening to a trigger', 4);
    await sysfs.do('level 529 1');
    await agent.logged('rise');
    await sysfs.do('level 530 1');
    await agent.logged('rise', 2);
  },
);

test.serial(
  'a light that cannot be switched any more is an error of the command and ends nothing',
  async (t) => {
    const sysfs = await FakeSysfs.mount(t, CHIP);
    const agent = await start(t, { light: LIGHT }, sysfs);
    await agent.do('blink 5');
    await sysfs.do('broken 534 1');
    const { error } = await agent.logged('the light cannot be switched');
    t.regex(`${error}`, /^Expected GPIO line 22 but received: an error: EIO/);
  },
);

test.serial('the native module is loaded only where onoff is used', async (t) => {
  const sysfs = await FakeSysfs.mount(t, CHIP);
  const loaded = ({ pid }: AgentProcess) => readFileSync(`/proc/${pid}/maps`, 'utf8').includes('epoll.node');
  t.false(loaded(await start(t, { chip: 'none', light: LIGHT }, sysfs)));
  t.true(loaded(await start(t, { light: LIGHT }, sysfs)));
});
