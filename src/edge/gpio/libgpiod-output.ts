import { complaintOf } from '../processes/complaint.js';
import { streamProgram } from '../processes/stream-program.js';
import { holdArguments, type LibgpiodChip, offArguments } from './libgpiod-arguments.js';
import { type ProgramEnv, runTool } from './libgpiod-chip.js';
import { lineError } from './line-error.js';
import type { OnFault, OutputLine, OutputSetting } from './lines.js';

/** A gpioset that holds the line. */
interface Holder {
  readonly on: boolean;
  readonly stop: AbortController;
  /** Resolves when it is gone and the line free. */
  readonly gone: Promise<void>;
}

/**
 * Takes a line as an output. A gpioset process holds it and is replaced at each switch, as a running one
 * takes no orders and two cannot have the same line. In between, for some milliseconds, nobody drives the
 * pin: it keeps its level or goes to off (see `holdArguments`), and either is what it comes from or goes to.
 *
 * @throws UnavailableError when the line cannot be had
 */
export async function openOutput(
  chip: LibgpiodChip,
  setting: OutputSetting,
  env: ProgramEnv,
  onFault: OnFault,
): Promise<OutputLine> {
  await setOff(chip, setting, env);
  const line = new HeldLine(chip, setting, env, onFault);
  await line.set(false);
  return line;
}

async function setOff(chip: LibgpiodChip, setting: OutputSetting, env: ProgramEnv): Promise<void> {
  const result = await runTool('gpioset', offArguments(chip, setting), env);
  if (result.exitCode !== 0) throw lineError(setting.line, complaintOf(result));
}

class HeldLine implements OutputLine {
  readonly #chip: LibgpiodChip;
  readonly #setting: OutputSetting;
  readonly #env: ProgramEnv;
  readonly #onFault: OnFault;
  #holder: Holder | undefined;
  #wanted = false;
  #switching: Promise<void> = Promise.resolve();

  constructor(chip: LibgpiodChip, setting: OutputSetting, env: ProgramEnv, onFault: OnFault) {
    this.#chip = chip;
    this.#setting = setting;
    this.#env = env;
    this.#onFault = onFault;
  }

  set(on: boolean): Promise<void> {
    this.#wanted = on;
    this.#switching = this.#switching.then(() => this.#switch());
    return this.#switching;
  }

  async close(): Promise<void> {
    await this.#switching;
    await this.#release();
    // To know that it is off; a gpioset that holds the line does not say so.
    await setOff(this.#chip, this.#setting, this.#env);
  }

  async #switch(): Promise<void> {
    if (this.#holder?.on === this.#wanted) return;
    await this.#release();
    this.#holder = this.#hold(this.#wanted);
  }

  async #release(): Promise<void> {
    const holder = this.#holder;
    this.#holder = undefined;
    holder?.stop.abort();
    await holder?.gone;
  }

  #hold(on: boolean): Holder {
    const stop = new AbortController();
    const gone = streamProgram('gpioset', holdArguments(this.#chip, this.#setting, on), {
      env: { PATH: this.#env.PATH },
      onBytes: () => {},
      signal: stop.signal,
    }).then(
      (end) => lineError(this.#setting.line, `gpioset ended: ${complaintOf(end)}`),
      (cause) => lineError(this.#setting.line, 'an error of gpioset', cause),
    );
    const holder: Holder = {
      on,
      stop,
      gone: gone.then((error) => {
        if (stop.signal.aborted) return;
        if (this.#holder === holder) this.#holder = undefined;
        this.#onFault(error);
      }),
    };
    return holder;
  }
}
