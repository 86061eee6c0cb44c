import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { UnavailableError } from '@oneface/common/errors/errors';
import type { Logger } from '../logging/logger.js';
import type { GpioOptions, RelayOptions } from './gpio-options.js';
import type { RelayOrder } from './relay-holder.js';

const HOLDER = fileURLToPath(new URL('./relay-holder-main.js', import.meta.url));
/** A holder that died is started again after this long. */
const RESTART_MILLISECONDS = 1000;

/** What the holder needs to know. */
export interface HolderSetting {
  readonly options: Pick<GpioOptions, 'driver' | 'chip'>;
  readonly relay: RelayOptions;
}

type Holder = ChildProcessByStdio<Writable, Readable, Readable>;

/** A relay that a process of its own holds; see `holdRelay`. */
export class Relay {
  readonly #setting: HolderSetting;
  readonly #log: Logger;
  #holder: Holder | undefined;
  #restart: NodeJS.Timeout | undefined;
  #closed = false;

  private constructor(setting: HolderSetting, log: Logger) {
    this.#setting = setting;
    this.#log = log;
  }

  /**
   * Starts the holder; the relay is off.
   *
   * @throws UnavailableError when the line cannot be had
   */
  static async open(setting: HolderSetting, log: Logger): Promise<Relay> {
    const relay = new Relay(setting, log);
    await relay.#start();
    return relay;
  }

  /** Switches on for so many milliseconds, or for the longest on-time if that is less. */
  on(milliseconds: number): void {
    this.#order(`on ${Math.round(milliseconds)}`);
  }

  off(): void {
    this.#order('off');
  }

  /** Switches off and ends the holder. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#restart);
    const holder = this.#holder;
    if (holder === undefined || holder.exitCode !== null || holder.signalCode !== null) return;
    const ended = once(holder, 'exit');
    holder.stdin.end();
    await ended;
  }

  #order(order: RelayOrder): void {
    if (this.#holder?.stdin.writable) this.#holder.stdin.write(`${order}\n`);
    else this.#log.error('the relay cannot be switched: its process is not there', { order });
  }

  async #start(): Promise<void> {
    const holder = spawn(process.execPath, [HOLDER, JSON.stringify(this.#setting)], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let complaint = '';
    holder.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaint = (complaint + text).slice(-2000);
    });
    // A holder that died takes no orders; that it did is seen by its end.
    holder.stdin.on('error', (error) => this.#log.warn('an order did not reach the relay', { error }));
    const ready = once(holder.stdout, 'data').then(() => 'ready');
    const ended = once(holder, 'exit').then(() => 'ended');
    if ((await Promise.race([ready, ended])) === 'ended') {
      throw new UnavailableError(`The relay cannot be had: ${lastLine(complaint)}`);
    }
    this.#holder = holder;
    void ended.then(() => this.#ended(complaint));
  }

  /** The new holder switches the relay off first. */
  #ended(complaint: string): void {
    this.#holder = undefined;
    if (this.#closed) return;
    this.#log.error("the relay's process ended and is started again", { complaint: lastLine(complaint) });
    this.#restart = setTimeout(() => {
      this.#start().catch((error: unknown) => {
        this.#log.error('the relay cannot be had', { error });
        this.#ended(String(error));
      });
    }, RESTART_MILLISECONDS);
  }
}

function lastLine(text: string): string {
  const message = text.split('\n').find((line) => line.includes('Error:'));
  return (message ?? text).trim().slice(0, 300);
}
