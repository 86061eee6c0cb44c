import { spawnSync } from 'node:child_process';
import { UnavailableError } from '@oneface/common/errors/errors';
import type { GpioOptions } from './gpio-options.js';
import { createLibgpiodDriver, type LibgpiodChip } from './libgpiod-driver.js';
import type { GpioDriver } from './lines.js';
import { createOnoffDriver } from './onoff-driver.js';
import { findSysfsChip, HEADER_CHIPS } from './sysfs-chip.js';

const DEADLINE_MILLISECONDS = 5000;

/**
 * Chooses the way to the GPIO lines of this machine: with `auto`, /sys/class/gpio where it has the chip, else
 * libgpiod's programs, as newer systems have no /sys/class/gpio.
 *
 * @param env where the programs are looked up
 * @throws UnavailableError saying why each way is closed
 */
export function chooseDriver(
  { driver, chip }: Pick<GpioOptions, 'driver' | 'chip'>,
  env: NodeJS.ProcessEnv,
): GpioDriver {
  const ways = {
    onoff: () => createOnoffDriver(findSysfsChip(chip)),
    libgpiod: () => createLibgpiodDriver(findLibgpiodChip(chip, env), env),
  };
  if (driver !== 'auto') return ways[driver]();
  const causes: UnavailableError[] = [];
  for (const open of [ways.onoff, ways.libgpiod]) {
    try {
      return open();
    } catch (error) {
      if (!(error instanceof UnavailableError)) throw error;
      causes.push(error);
    }
  }
  const reasons = causes.map(({ message }) => message).join('; ');
  throw new UnavailableError(`No way to the GPIO lines: ${reasons}`, { cause: new AggregateError(causes) });
}

/** Asks gpiodetect for the chip; its lines read "gpiochip0 [pinctrl-bcm2711] (58 lines)". */
function findLibgpiodChip(label: string | undefined, env: NodeJS.ProcessEnv): LibgpiodChip {
  const wanted = label === undefined ? HEADER_CHIPS : [label];
  const detected = output('gpiodetect', env);
  for (const [, name, found] of detected.matchAll(/^(\S+) \[([^\]]*)\]/gm)) {
    if (name !== undefined && found !== undefined && wanted.includes(found)) {
      return { name, label: found, version: /\bv1\./.test(output('gpioset', env, '--version')) ? 1 : 2 };
    }
  }
  const there = detected.trim().replaceAll(/\s*\n\s*/g, ', ') || 'none';
  throw new UnavailableError(`Expected a GPIO chip labelled ${wanted.join(' or ')} but received ${there}`);
}

function output(program: string, env: NodeJS.ProcessEnv, ...args: string[]): string {
  const { error, status, stdout, stderr } = spawnSync(program, args, {
    env,
    encoding: 'utf8',
    timeout: DEADLINE_MILLISECONDS,
  });
  if (error !== undefined) throw new UnavailableError(`${program} cannot be run`, { cause: error });
  if (status !== 0) throw new UnavailableError(`${program} failed: ${stderr.trim()}`);
  return stdout;
}
