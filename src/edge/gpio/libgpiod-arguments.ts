import type { InputSetting, OutputSetting } from './lines.js';

/** The programs' command line: version 2 (Debian 13) names what version 1 (Debian 12) has by place. */
export type LibgpiodVersion = 1 | 2;

/** A chip as gpiodetect names it, such as `gpiochip0`. */
export interface LibgpiodChip {
  readonly name: string;
  readonly label: string;
  /** How many lines it has. */
  readonly lines: number;
  readonly version: LibgpiodVersion;
}

/**
 * Arguments of gpioset that hold a line until the program is ended.
 *
 * The kernel lets go of a line when its gpioset ends. Kernels of Raspberry Pi then leave the pin as it was
 * driven (`pinctrl_bcm2835.persist_gpio_outputs`), others make it an input: the pull towards off makes that
 * an off as well.
 */
export function holdArguments(chip: LibgpiodChip, setting: OutputSetting, on: boolean): string[] {
  const mode = chip.version === 1 ? ['--mode=signal'] : [];
  return [...outputOptions(setting), ...mode, ...lineOf(chip, `${setting.line}=${on ? 1 : 0}`)];
}

/** Arguments of gpioset that set a line off and end at once, with the exit status that says whether it is. */
export function offArguments(chip: LibgpiodChip, setting: OutputSetting): string[] {
  const mode = chip.version === 1 ? ['--mode=exit'] : ['--toggle', '0'];
  return [...outputOptions(setting), ...mode, ...lineOf(chip, `${setting.line}=0`)];
}

/**
 * Arguments of gpiomon. Version 2 lets the kernel debounce: it prints a line of text whenever the line becomes
 * active. Version 1 cannot: it prints "1" when the line becomes active and "0" when it does not any more.
 */
export function watchArguments(chip: LibgpiodChip, setting: InputSetting): string[] {
  const { line, activeLow, debounceMilliseconds } = setting;
  const low = activeLow ? ['--active-low'] : [];
  const edges =
    chip.version === 1
      ? ['--line-buffered', '--format=%e']
      : ['--edges', 'rising', '--debounce-period', `${debounceMilliseconds}ms`, '--format', '1'];
  return [...low, ...edges, ...lineOf(chip, `${line}`)];
}

function outputOptions({ activeLow }: OutputSetting): string[] {
  return activeLow ? ['--active-low', '--bias=pull-up'] : ['--bias=pull-down'];
}

function lineOf({ name, version }: LibgpiodChip, line: string): string[] {
  return version === 1 ? [name, line] : ['--chip', name, line];
}
