import type { LibgpiodChip } from './libgpiod-arguments.js';
import type { ProgramEnv } from './libgpiod-chip.js';
import { openInput } from './libgpiod-input.js';
import { openOutput } from './libgpiod-output.js';
import { requireLine } from './line-error.js';
import type { GpioDriver } from './lines.js';

/**
 * Reaches lines through libgpiod's programs gpioset and gpiomon. They die with this process, however it ends.
 *
 * @param env where the programs are looked up
 */
export function createLibgpiodDriver(chip: LibgpiodChip, env: ProgramEnv): GpioDriver {
  return {
    kind: 'libgpiod',
    name: `libgpiod ${chip.version} ${chip.label} (${chip.name})`,
    async output(setting, onFault) {
      requireLine(setting.line, chip);
      return openOutput(chip, setting, env, onFault);
    },
    async input(setting, onRise, onFault) {
      requireLine(setting.line, chip);
      return openInput(chip, setting, env, onRise, onFault);
    },
  };
}
