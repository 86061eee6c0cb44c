import { UnavailableError } from '@oneface/common/errors/errors';
import type { Direction, Gpio, Options } from 'onoff';
import { lineError, requireLine } from './line-error.js';
import type { GpioDriver, InputLine, OnFault, OutputLine, OutputSetting } from './lines.js';
import type { SysfsChip } from './sysfs-chip.js';

type Onoff = typeof import('onoff');

const [ON, OFF] = [1, 0] as const;

/**
 * Reaches lines through /sys/class/gpio with onoff, which is loaded only here: it brings a native module that
 * a device without GPIO need not have.
 *
 * @throws UnavailableError when onoff cannot be loaded
 */
export async function createOnoffDriver(chip: SysfsChip): Promise<GpioDriver> {
  const onoff = await loadOnoff();
  return {
    kind: 'onoff',
    name: `onoff ${chip.label} (base ${chip.base})`,
    async output(setting) {
      // The kernel takes 'low' and 'high' as levels of the pin, whatever active_low says: off at once.
      return outputLine(take(onoff, chip, setting, setting.activeLow ? 'high' : 'low'), setting.line);
    },
    async input(setting, onRise, onFault) {
      const debounceTimeout = setting.debounceMilliseconds;
      return inputLine(take(onoff, chip, setting, 'in', { debounceTimeout }), setting.line, onRise, onFault);
    },
  };
}

/**
 * Whether this user may take lines that nobody has taken yet.
 *
 * @throws UnavailableError when onoff cannot be loaded
 */
export async function mayExport(): Promise<boolean> {
  return (await loadOnoff()).Gpio.accessible;
}

async function loadOnoff(): Promise<Onoff> {
  try {
    return await import('onoff');
  } catch (cause) {
    throw new UnavailableError('onoff, or its native module epoll, cannot be loaded', { cause });
  }
}

/** What is left of an earlier use may stand in the way, as a line with edges cannot become an output. */
function take(
  onoff: Onoff,
  chip: SysfsChip,
  setting: OutputSetting,
  direction: Direction,
  options?: Options,
) {
  requireLine(setting.line, chip);
  try {
    const first = open(onoff, chip, setting, direction, options);
    if (first.asWanted) return first.gpio;
    first.gpio.unexport();
    const second = open(onoff, chip, setting, direction, options);
    if (second.asWanted) return second.gpio;
    throw lineError(setting.line, 'one that somebody else has set up and this user cannot');
  } catch (cause) {
    throw cause instanceof UnavailableError ? cause : lineError(setting.line, 'an error', cause);
  }
}

/** onoff passes over what fails at a line that was exported before, perhaps by somebody else: look. */
function open(
  { Gpio }: Onoff,
  chip: SysfsChip,
  { line, activeLow }: OutputSetting,
  direction: Direction,
  options: Options = {},
) {
  const isInput = direction === 'in';
  const edge = isInput ? 'rising' : undefined;
  const gpio = new Gpio(chip.base + line, direction, edge, { ...options, activeLow });
  const asWanted =
    gpio.direction() === (isInput ? 'in' : 'out') &&
    gpio.activeLow() === activeLow &&
    (!isInput || gpio.edge() === 'rising');
  return { gpio, asWanted };
}

/** A line stays exported, and driven, when it is closed: one that nobody drives could float to on. */
function outputLine(gpio: Gpio, line: number): OutputLine {
  const write = async (on: boolean) => {
    try {
      gpio.writeSync(on ? ON : OFF);
    } catch (cause) {
      throw lineError(line, 'an error', cause);
    }
  };
  return { set: write, close: () => write(false) };
}

function inputLine(gpio: Gpio, line: number, onRise: () => void, onFault: OnFault): InputLine {
  let deaf = false;
  const read = gpio.readSync.bind(gpio);
  // onoff reads in a callback of its native module, where an error would end the agent: the line can be taken
  // away at any time. Nor must it read once the file is closed, which its debounce may do.
  gpio.readSync = () => {
    if (deaf) return OFF;
    try {
      return read();
    } catch (cause) {
      deaf = true;
      gpio.unwatchAll();
      onFault(lineError(line, 'an error', cause));
      return OFF;
    }
  };
  gpio.watch((cause) => {
    if (deaf) return;
    if (!cause) return onRise();
    deaf = true;
    onFault(lineError(line, 'an error', cause));
  });
  return {
    async close() {
      deaf = true;
      gpio.unexport();
    },
  };
}
