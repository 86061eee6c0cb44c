import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { lastComplaintOf } from '../processes/complaint.js';
import type { GpioOptions, RelayOptions } from './gpio-options.js';
import type { ProgramEnv } from './libgpiod-chip.js';
import type { DriverKind } from './lines.js';
import type { RelayOrder } from './relay-holder.js';

const MAIN = fileURLToPath(new URL('./relay-holder-main.js', import.meta.url));
/**
 * It does next to nothing: let its heap not grow for years before it is collected. Most of what it is said
 * to use is Node's own code, which it shares with the agent; about 8 MB are its own.
 */
const NODE_OPTIONS = ['--max-semi-space-size=1', '--max-old-space-size=16'];
/** Of its last words only so much is kept. */
const MOST_STDERR_CHARACTERS = 4096;
/** Starting takes it a tenth of a second, a few on a small board that has just started. */
const START_MILLISECONDS = 20_000;

/** What the holder needs to know. */
export interface HolderSetting extends Pick<GpioOptions, 'chip'> {
  /** The driver that the agent chose. */
  readonly driver: DriverKind;
  readonly relay: RelayOptions;
}

/** How a holder ended. */
export interface HolderEnd {
  /** Whether it had the line. */
  readonly wasReady: boolean;
  /** Whether it ended in order, after it had set the line off. */
  readonly inOrder: boolean;
  readonly complaint: string;
}

/** The process that owns the relay, as the agent sees it. */
export class HolderProcess {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #starting: NodeJS.Timeout;
  #ready = false;
  /** Resolves when it is gone. */
  readonly ended: Promise<HolderEnd>;

  /**
   * Starts it. It leads a process group of its own: who kills the agent's does not kill it, and it sets the
   * line off when it sees the agent gone.
   *
   * @param env all that it sees of the environment is PATH
   * @param onReady called when it has the line, which is then off
   */
  constructor(setting: HolderSetting, env: ProgramEnv, onReady: () => void) {
    const child = spawn(process.execPath, [...NODE_OPTIONS, MAIN, JSON.stringify(setting)], {
      cwd: '/',
      env: { PATH: env.PATH },
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.#child = child;
    this.#starting = setTimeout(() => this.kill(), START_MILLISECONDS);
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-MOST_STDERR_CHARACTERS);
    });
    child.stdout.once('data', () => {
      this.#ready = true;
      clearTimeout(this.#starting);
      onReady();
    });
    // That it takes no orders any more is seen by its end.
    child.stdin.on('error', () => child.stdin.destroy());
    this.ended = new Promise((resolve) => {
      child.once('error', (error) => resolve(this.#end(false, error.message)));
      child.once('close', (exitCode, killedBy) => {
        resolve(this.#end(exitCode === 0, lastComplaintOf({ exitCode, killedBy, stderr })));
      });
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Gives an order. A holder that is not there gets none: the next one starts with the line off. */
  order(order: RelayOrder): void {
    const { stdin } = this.#child;
    // Thousands of orders wait: it hangs, and only a new one can set the line off.
    if (stdin.writableNeedDrain) this.kill();
    else if (stdin.writable) stdin.write(`${order}\n`);
  }

  /** Tells it that there are no more orders: it sets the line off and ends. */
  release(): void {
    this.#child.stdin.end();
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  #end(inOrder: boolean, complaint: string): HolderEnd {
    clearTimeout(this.#starting);
    return { wasReady: this.#ready, inOrder, complaint };
  }
}
