import { execFile } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { UnavailableError } from '@oneface/common/errors/errors';
import { chooseDriver } from '@oneface/edge/gpio/choose-driver';
import {
  holdArguments,
  type LibgpiodChip,
  offArguments,
  watchArguments,
} from '@oneface/edge/gpio/libgpiod-arguments';
import { findLibgpiodChip } from '@oneface/edge/gpio/libgpiod-chip';
import test, { type ExecutionContext } from 'ava';
import { temporaryFolder } from '../support/temporary-folder.js';
import { FakeLibgpiod } from './support/fake-libgpiod.js';
import { eventually } from './support/text-lines.js';

const run = promisify(execFile);
const VERSIONS = [1, 2] as const;
const setting = { line: 17, activeLow: false };
const quick = { line: 5, activeLow: false, debounceMilliseconds: 0 };
const noFault = (error: Error) => {
  throw error;
};

/** A machine without /sys/class/gpio, and with a chip for libgpiod. */
async function machine(t: ExecutionContext, version: 1 | 2) {
  const gpio = await FakeLibgpiod.make(t, version);
  const driver = await chooseDriver({ driver: 'auto' }, gpio.env, join(gpio.folder, 'no-sysfs'));
  return { gpio, driver };
}

for (const version of VERSIONS) {
  test(`/sys/class/gpio is absent on newer systems: there libgpiod's programs are used, version ${version}`, async (t) => {
    const { gpio, driver } = await machine(t, version);
    t.is(driver.name, `libgpiod ${version} pinctrl-bcm2711 (gpiochip0)`);
    const line = await driver.output(setting, noFault);
    await line.set(true);
    await gpio.happened('set 17 1 pull-down');
    let rises = 0;
    const input = await driver.input(
      quick,
      () => {
        rises += 1;
      },
      noFault,
    );
    await gpio.happened('watch 5');
    await gpio.level(5, 1, 0, 1, 0);
    await eventually(() => rises === 2 || undefined);
    await input.close();
    await line.close();
    t.true((await gpio.isFreeSoon(17)) && (await gpio.isFreeSoon(5)));
    t.is(rises, 2);
  });

  test(`an output is off at once and when it is closed, and each switch replaces its gpioset, version ${version}`, async (t) => {
    const { gpio, driver } = await machine(t, version);
    const line = await driver.output(setting, noFault);
    await gpio.happened('set 17 0 pull-down', 2);
    const first = gpio.owner(17);
    await line.set(false);
    t.is(gpio.owner(17), first, 'what is off stays as it is');
    await line.set(true);
    await gpio.happened('set 17 1 pull-down');
    await line.set(true);
    await line.set(false);
    await gpio.happened('set 17 0 pull-down', 3);
    await line.close();
    t.deepEqual(
      gpio.log().slice(2),
      [1, 0, 0].map((level) => `set 17 ${level} pull-down`),
    );
    t.true(await gpio.isFreeSoon(17));
  });

  test(`an output that is on when it is low is pulled up when nobody drives it, version ${version}`, async (t) => {
    const { gpio, driver } = await machine(t, version);
    const line = await driver.output({ line: 17, activeLow: true }, noFault);
    await gpio.happened('set 17 1 pull-up', 2);
    await line.set(true);
    await gpio.happened('set 17 0 pull-up');
    await line.close();
    t.is(gpio.log().at(-1), 'set 17 1 pull-up');
  });

  test(`switches that come faster than processes start end in the last, version ${version}`, async (t) => {
    const { gpio, driver } = await machine(t, version);
    const line = await driver.output(setting, noFault);
    for (let i = 0; i < 9; i++) void line.set(i % 2 === 0);
    await line.set(true);
    await eventually(() => gpio.log().at(-1) === 'set 17 1 pull-down' || undefined);
    await line.close();
    t.is(gpio.log().at(-1), 'set 17 0 pull-down');
  });

  test(`a line that somebody else has is named, version ${version}`, async (t) => {
    const { gpio, driver } = await machine(t, version);
    const line = await driver.output(setting, noFault);
    await gpio.happened('set 17 0 pull-down', 2);
    await t.throwsAsync(driver.output(setting, noFault), {
      instanceOf: UnavailableError,
      message: /^Expected GPIO line 17 but received: .*Device or resource busy$/,
    });
    await line.close();
  });

  test(`a line that the chip does not have is named, version ${version}`, async (t) => {
    const { driver } = await machine(t, version);
    const message = 'Expected a line below 58 for pinctrl-bcm2711 but received 58';
    await t.throwsAsync(driver.output({ ...setting, line: 58 }, noFault), { message });
    await t.throwsAsync(
      driver.input({ ...quick, line: 58 }, () => {}, noFault),
      { message },
    );
  });

  test(`a gpioset that dies is a fault, and the next switch starts another, version ${version}`, async (t) => {
    const { gpio, driver } = await machine(t, version);
    const faults: Error[] = [];
    const line = await driver.output(setting, (error) => faults.push(error));
    await line.set(true);
    await gpio.happened('set 17 1 pull-down');
    process.kill(gpio.owner(17), 'SIGKILL');
    const fault = await eventually(() => faults[0]);
    t.is(fault.message, 'Expected GPIO line 17 but received: gpioset ended: it was ended by SIGKILL');
    await line.set(true);
    await gpio.happened('set 17 1 pull-down', 2);
    await line.close();
    t.is(faults.length, 1);
  });

  test(`an active-low input rises when its pin falls, version ${version}`, async (t) => {
    const { gpio, driver } = await machine(t, version);
    let rises = 0;
    const input = await driver.input(
      { ...quick, activeLow: true },
      () => {
        rises += 1;
      },
      noFault,
    );
    await gpio.happened('watch 5');
    await gpio.level(5, 0, 1, 0, 1);
    await eventually(() => rises === 2 || undefined);
    await input.close();
    t.is(rises, 2);
  });

  test(`a gpiomon that dies, or cannot have the line, is a fault, version ${version}`, async (t) => {
    const { gpio, driver } = await machine(t, version);
    const faults: Error[] = [];
    const input = await driver.input(quick, t.fail, (error) => faults.push(error));
    await gpio.happened('watch 5');
    const second = await driver.input(quick, t.fail, (error) => faults.push(error));
    t.regex((await eventually(() => faults[0])).message, /gpiomon ended: .*Device or resource busy$/);
    await second.close();
    process.kill(gpio.owner(5), 'SIGKILL');
    t.regex((await eventually(() => faults[1])).message, /gpiomon ended: it was ended by SIGKILL$/);
    await input.close();
    t.is(faults.length, 2);
  });
}

test('version 1 cannot debounce: the agent does, as it knows both edges; version 2 lets the kernel', async (t) => {
  const { gpio, driver } = await machine(t, 1);
  let rises = 0;
  const rise = () => {
    rises += 1;
  };
  const input = await driver.input({ ...quick, debounceMilliseconds: 50 }, rise, noFault);
  await gpio.happened('watch 5');
  await gpio.level(5, 1, 0);
  await gpio.level(5, 1, 0, 1, 0, 1);
  await eventually(() => rises === 1 || undefined);
  await gpio.level(5, 0, 1, 0, 1);
  await eventually(() => rises === 2 || undefined);
  await input.close();
  t.is(rises, 2);

  const chip: LibgpiodChip = { name: 'gpiochip0', label: 'pinctrl-rp1', lines: 54, version: 2 };
  const args = watchArguments(chip, { line: 5, activeLow: true, debounceMilliseconds: 50 });
  t.is(args.join(' '), '--active-low --edges rising --debounce-period 50ms --format 1 --chip gpiochip0 5');
});

test('the real programs of version 1 take the arguments: they miss the chip, and nothing else', async (t) => {
  const chip: LibgpiodChip = { name: 'no-such-chip', label: 'none', lines: 58, version: 1 };
  for (const activeLow of [false, true]) {
    const output = { line: 17, activeLow };
    const input = { line: 5, activeLow, debounceMilliseconds: 20 };
    for (const [program, args] of [
      ['gpioset', offArguments(chip, output)],
      ['gpioset', holdArguments(chip, output, true)],
      ['gpiomon', watchArguments(chip, input)],
    ] as const) {
      const { stderr } = await t.throwsAsync<Error & { stderr?: string }>(run(program, args));
      t.regex(stderr ?? '', /^gpio(set|mon): error [^\n]*: No such file or directory\n$/, args.join(' '));
    }
  }
  const { stderr } = await t.throwsAsync<Error & { stderr?: string }>(run('gpioset', ['--chip', 'x', '1=0']));
  t.regex(stderr ?? '', /unrecognized option '--chip'/, 'it would say so');
});

test('a chip that is not there is named, with those that are', async (t) => {
  const { env } = await FakeLibgpiod.make(t, 1);
  t.like(await findLibgpiodChip(undefined, env), { name: 'gpiochip0', lines: 58, version: 1 });
  await t.throwsAsync(findLibgpiodChip('pinctrl-rp1', env), {
    instanceOf: UnavailableError,
    message:
      'Expected a GPIO chip labelled pinctrl-rp1 from gpiodetect but received gpiochip0 [pinctrl-bcm2711] (58 lines)',
  });
});

test('where there is no way to the lines, each way says why', async (t) => {
  const folder = await temporaryFolder(t);
  const none = { PATH: folder };
  await t.throwsAsync(chooseDriver({ driver: 'auto' }, none, join(folder, 'sysfs')), {
    instanceOf: UnavailableError,
    message: `No way to the GPIO lines: Expected GPIO chips under ${folder}/sysfs but received none that can be read; gpiodetect is not installed`,
  });
  await t.throwsAsync(chooseDriver({ driver: 'libgpiod' }, none), { message: 'gpiodetect is not installed' });
});

test('programs that fail, or are of no version that is known, are refused', async (t) => {
  const { env, folder } = await FakeLibgpiod.make(t, 2);
  const program = (name: string, script: string) =>
    writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  program('gpioset', 'echo "gpioset (libgpiod) v3.0"');
  await t.throwsAsync(findLibgpiodChip(undefined, env), {
    message: 'Expected version 1 or 2 for gpioset but received "gpioset (libgpiod) v3.0"',
  });
  program('gpiodetect', 'echo "unable to open chip: Permission denied" >&2; exit 1');
  await t.throwsAsync(findLibgpiodChip(undefined, env), {
    message: 'gpiodetect failed: unable to open chip: Permission denied',
  });
  rmSync(join(folder, 'gpiodetect'));
});
