import { UnavailableError } from '@oneface/common/errors/errors';
import { Gpio } from 'onoff';
import type { GpioDriver, InputLine, OutputLine, OutputSetting } from './lines.js';
import type { SysfsChip } from './sysfs-chip.js';

/** Reaches lines through /sys/class/gpio with onoff. */
export function createOnoffDriver(chip: SysfsChip): GpioDriver {
  const numberOf = ({ line }: OutputSetting) => {
    if (line < chip.lines) return chip.base + line;
    throw new UnavailableError(`Expected a line below ${chip.lines} for ${chip.label} but received ${line}`);
  };
  return {
    name: `onoff ${chip.label} (base ${chip.base})`,
    output(setting) {
      const { line, activeLow } = setting;
      // The kernel takes 'low' and 'high' as levels of the pin, whatever active_low says: off at once.
      const off = activeLow ? 'high' : 'low';
      const number = numberOf(setting);
      return outputLine(attempt(line, () => new Gpio(number, off, undefined, { activeLow })));
    },
    input(setting, onRise, onFault) {
      const { line, activeLow, debounceMilliseconds } = setting;
      const options = { activeLow, debounceTimeout: debounceMilliseconds };
      const number = numberOf(setting);
      return inputLine(
        attempt(line, () => new Gpio(number, 'in', 'rising', options)),
        onRise,
        onFault,
      );
    },
  };
}

function outputLine(gpio: Gpio): OutputLine {
  return {
    set(on) {
      gpio.writeSync(on ? Gpio.HIGH : Gpio.LOW);
    },
    close() {
      gpio.writeSync(Gpio.LOW);
      gpio.unexport();
    },
  };
}

function inputLine(gpio: Gpio, onRise: () => void, onFault: (error: Error) => void): InputLine {
  gpio.watch((error) => {
    if (!error) return onRise();
    gpio.unwatchAll();
    onFault(error);
  });
  return { close: () => gpio.unexport() };
}

function attempt(line: number, open: () => Gpio): Gpio {
  try {
    return open();
  } catch (cause) {
    throw new UnavailableError(`Expected GPIO line ${line} but received an error`, { cause });
  }
}
