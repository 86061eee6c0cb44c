import { UnavailableError } from '@oneface/common/errors/errors';
import type { GpioOptions } from './gpio-options.js';
import type { ProgramEnv } from './libgpiod-chip.js';
import type { GpioDriver } from './lines.js';
import { createOnoffDriver, mayExport } from './onoff-driver.js';
import { findSysfsChip, SYSFS_GPIO } from './sysfs-chip.js';

/**
 * Chooses the way to the GPIO lines of this machine: with `auto`, /sys/class/gpio where it has the chip and
 * this user may use it, else libgpiod's programs, as newer systems have no /sys/class/gpio.
 *
 * @param env where the programs are looked up
 * @param sysfs where chips are looked for; onoff itself knows only /sys/class/gpio
 * @throws UnavailableError saying why each way is closed
 */
export async function chooseDriver(
  { driver, chip }: Pick<GpioOptions, 'driver' | 'chip'>,
  env: ProgramEnv,
  sysfs = SYSFS_GPIO,
): Promise<GpioDriver> {
  const onoff = () => createOnoffDriver(findSysfsChip(chip, sysfs));
  const ways = { onoff, libgpiod: () => throughPrograms(chip, env) };
  if (driver !== 'auto') return ways[driver]();
  const causes: UnavailableError[] = [];
  for (const open of [() => whereAllowed(onoff, sysfs), ways.libgpiod]) {
    try {
      return await open();
    } catch (error) {
      if (!(error instanceof UnavailableError)) throw error;
      causes.push(error);
    }
  }
  const reasons = causes.map(({ message }) => message).join('; ');
  throw new UnavailableError(`No way to the GPIO lines: ${reasons}`, { cause: new AggregateError(causes) });
}

async function whereAllowed(onoff: () => Promise<GpioDriver>, sysfs: string): Promise<GpioDriver> {
  const driver = await onoff();
  if (await mayExport()) return driver;
  throw new UnavailableError(`Expected to be allowed to write ${sysfs}/export but received a refusal`);
}

/** The programs' part is loaded only where it is used, as this is also the small process that holds a relay. */
async function throughPrograms(chip: string | undefined, env: ProgramEnv): Promise<GpioDriver> {
  const [{ findLibgpiodChip }, { createLibgpiodDriver }] = await Promise.all([
    import('./libgpiod-chip.js'),
    import('./libgpiod-driver.js'),
  ]);
  return createLibgpiodDriver(await findLibgpiodChip(chip, env), env);
}
