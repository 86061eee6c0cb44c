import { spawn, spawnSync } from 'node:child_process';
import { UnavailableError } from '@oneface/common/errors/errors';
import type { GpioDriver, InputLine, InputSetting, OutputLine, OutputSetting } from './lines.js';

/** The programs' command line: version 2 names what version 1 has by place. */
export type LibgpiodVersion = 1 | 2;

/** A chip as gpiodetect names it, such as `gpiochip0`. */
export interface LibgpiodChip {
  readonly name: string;
  readonly label: string;
  readonly version: LibgpiodVersion;
}

/** Arguments of gpioset that hold a line until the program is ended. */
export function holdArguments(
  { name, version }: LibgpiodChip,
  setting: OutputSetting,
  on: boolean,
): string[] {
  const low = setting.activeLow ? ['--active-low'] : [];
  const value = `${setting.line}=${on ? 1 : 0}`;
  return version === 1 ? [...low, '--mode=signal', name, value] : [...low, '--chip', name, value];
}

/** Arguments of gpioset that set a line off and end at once: the way to learn whether it can be had. */
export function onceArguments({ name, version }: LibgpiodChip, setting: OutputSetting): string[] {
  const low = setting.activeLow ? ['--active-low'] : [];
  const value = `${setting.line}=0`;
  return version === 1 ? [...low, name, value] : [...low, '--toggle', '0', '--chip', name, value];
}

/** Arguments of gpiomon that print a line of text whenever the line becomes active. */
export function watchArguments({ name, version }: LibgpiodChip, setting: InputSetting): string[] {
  const low = setting.activeLow ? ['--active-low'] : [];
  if (version === 1) return [...low, '--rising-edge', '--line-buffered', name, String(setting.line)];
  const period = `${setting.debounceMilliseconds}ms`;
  return [...low, '--edges', 'rising', '--debounce-period', period, '--chip', name, String(setting.line)];
}

/** Reaches lines through the programs gpioset and gpiomon. */
export function createLibgpiodDriver(chip: LibgpiodChip, env: NodeJS.ProcessEnv): GpioDriver {
  return {
    name: `libgpiod ${chip.version} ${chip.label} (${chip.name})`,
    output: (setting) => new HeldLine(chip, setting, env),
    input: (setting, onRise, onFault) => watchLine(chip, setting, env, onRise, onFault),
  };
}

/** A line that a gpioset process holds: the kernel lets go of a line when nobody has it open. */
class HeldLine implements OutputLine {
  readonly #hold: (on: boolean) => ReturnType<typeof spawn>;
  #holder: ReturnType<typeof spawn>;

  constructor(chip: LibgpiodChip, setting: OutputSetting, env: NodeJS.ProcessEnv) {
    this.#hold = (on) => {
      const child = spawn('gpioset', holdArguments(chip, setting, on), { env, stdio: 'ignore' });
      // Its end is seen in `set`; without a listener a program that is missing would end the agent.
      child.on('error', () => child.kill());
      return child;
    };
    const tried = spawnSync('gpioset', [...onceArguments(chip, setting)], { env, encoding: 'utf8' });
    if (tried.status !== 0) {
      const reason = tried.error?.message ?? tried.stderr.trim();
      throw new UnavailableError(`Expected GPIO line ${setting.line} but received: ${reason}`, {
        cause: tried.error,
      });
    }
    this.#holder = this.#hold(false);
  }

  set(on: boolean): void {
    this.#holder.kill('SIGTERM');
    this.#holder = this.#hold(on);
  }

  close(): void {
    this.set(false);
    this.#holder.kill('SIGTERM');
  }
}

/** Listens with a gpiomon process, which writes a line of text whenever the line becomes active. */
function watchLine(
  chip: LibgpiodChip,
  setting: InputSetting,
  env: NodeJS.ProcessEnv,
  onRise: () => void,
  onFault: (error: Error) => void,
): InputLine {
  const child = spawn('gpiomon', watchArguments(chip, setting), { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let complaint = '';
  let closed = false;
  child.stdout.on('data', onRise);
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = text.trim().slice(-200);
  });
  child.on('error', (cause) => {
    if (!closed) onFault(new UnavailableError('gpiomon could not be started', { cause }));
  });
  child.on('exit', () => {
    if (!closed) onFault(new UnavailableError(`gpiomon ended: ${complaint || 'it said nothing'}`));
  });
  return {
    close() {
      closed = true;
      child.kill('SIGTERM');
    },
  };
}
