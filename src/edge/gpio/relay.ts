import type { Clock } from '../clock/clock.js';
import type { Sleep } from '../clock/sleep.js';
import type { Logger } from '../logging/logger.js';
import { decorrelatedJitter } from '../mqtt/backoff.js';
import { HolderProcess, type HolderSetting } from './holder-process.js';
import type { ProgramEnv } from './libgpiod-chip.js';

/** Pauses between two starts of the holder grow from the first to the second. */
const SHORTEST_PAUSE_MILLISECONDS = 1000;
const LONGEST_PAUSE_MILLISECONDS = 60_000;
/** What worked for this long was well: its end is one of its own. */
const GOOD_MILLISECONDS = 60_000;
/** The holder needs some milliseconds to set the line off, with libgpiod's programs some more. */
const CLOSE_MILLISECONDS = 3000;

export interface RelayDeps {
  readonly env: ProgramEnv;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly sleep: Sleep;
  /** Draws from [0, 1). */
  readonly random: () => number;
  readonly log: Logger;
}

/** A relay that a process of its own holds; see `holdRelay`. That process is started again whenever it ends. */
export class Relay {
  readonly #setting: HolderSetting;
  readonly #deps: RelayDeps;
  readonly #closing = new AbortController();
  readonly #kept: Promise<void>;
  #holder: HolderProcess | undefined;

  /** Starts the holder, which switches the relay off as soon as it has the line. */
  constructor(setting: HolderSetting, deps: RelayDeps) {
    this.#setting = setting;
    this.#deps = deps;
    this.#kept = this.#keep();
  }

  /** The process that holds the relay, while there is one. */
  get holder(): number | undefined {
    return this.#holder?.pid;
  }

  /**
   * Switches on for so many milliseconds, or for the longest on-time if that is less. While the holder is not
   * there the relay stays off.
   */
  on(milliseconds: number): void {
    this.#holder?.order(`on ${Math.max(0, Math.round(milliseconds))}`);
  }

  off(): void {
    this.#holder?.order('off');
  }

  /** Switches off and ends the holder. */
  async close(): Promise<void> {
    if (!this.#closing.signal.aborted) {
      this.#closing.abort();
      this.#holder?.release();
    }
    await this.#kept;
  }

  async #keep(): Promise<void> {
    const { clock, sleep, random, log } = this.#deps;
    const { signal } = this.#closing;
    const backoff = decorrelatedJitter(random, SHORTEST_PAUSE_MILLISECONDS, LONGEST_PAUSE_MILLISECONDS);
    let failures = 0;
    while (!signal.aborted) {
      const started = clock.monotonic();
      const holder = new HolderProcess(this.#setting, this.#deps.env, () => {
        log.info('the relay is held and off', { line: this.#setting.relay.line, process: holder.pid });
      });
      this.#holder = holder;
      const { wasReady, inOrder, complaint } = await this.#endOf(holder);
      this.#holder = undefined;
      if (signal.aborted) {
        if (!inOrder) log.error('the relay may be on: its process did not end in order', { complaint });
        return;
      }
      if (wasReady && clock.monotonic() - started >= GOOD_MILLISECONDS) {
        backoff.reset();
        failures = 0;
      }
      // The first time at once: the relay may be on.
      const pause = wasReady && failures === 0 ? 0 : backoff.next();
      failures += 1;
      log.error("the relay's process ended and is started again", {
        complaint,
        seconds: Math.round(pause / 1000),
      });
      await sleep(pause, signal);
    }
  }

  /** Waits for its end, when the relay is closed no longer than it may take. */
  async #endOf(holder: HolderProcess) {
    const done = new AbortController();
    const { signal } = this.#closing;
    const onClosing = async () => {
      await this.#deps.sleep(CLOSE_MILLISECONDS, done.signal);
      if (!done.signal.aborted) holder.kill();
    };
    signal.addEventListener('abort', onClosing, { once: true });
    const end = await holder.ended;
    done.abort();
    signal.removeEventListener('abort', onClosing);
    return end;
  }
}
