import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { delimiter, dirname } from 'node:path';
import { UnavailableError } from '@oneface/common/errors/errors';
import { pause } from './pause.js';

/** As `RestartSec=1` of a systemd unit. */
const RESTART_MILLISECONDS = 1000;

/** One run of the agent, in seconds from the start of the soak. */
export interface Life {
  readonly pid: number;
  readonly from: number;
  to?: number;
  /** `killed`: by us. `stopped`: in order. `failed`: by itself or with undelivered events. */
  end?: 'killed' | 'stopped' | 'failed';
  /** Exit status or signal. */
  status?: string;
}

/** Keeps the agent running, as systemd would. */
export class Supervisor {
  readonly lives: Life[] = [];
  readonly #program: string;
  readonly #args: readonly string[];
  readonly #log: number;
  readonly #seconds: () => number;
  #child: ChildProcess | undefined;
  #killing = false;
  #stopping = false;
  #restart = new AbortController();
  #ended: Promise<void> = Promise.resolve();

  /**
   * @param program executable; a script finds this Node first
   * @param args its arguments
   * @param log file that takes what the agent writes
   * @param seconds since the start of the soak
   */
  constructor(program: string, args: readonly string[], log: string, seconds: () => number) {
    this.#program = program;
    this.#args = args;
    this.#log = openSync(log, 'a');
    this.#seconds = seconds;
  }

  /** The running agent; undefined between two lives. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Starts the agent, and again whenever it ends. */
  start(): void {
    this.#stopping = false;
    this.#restart = new AbortController();
    this.#ended = this.#keepRunning();
  }

  /**
   * Kills the agent without warning; it is started again.
   *
   * @returns whether there was one
   */
  kill(): boolean {
    if (this.#child === undefined) return false;
    this.#killing = true;
    return this.#child.kill('SIGKILL');
  }

  /**
   * Ends the agent in order and starts it no more.
   *
   * @returns the life that ended last
   */
  async stop(): Promise<Life> {
    this.#stopping = true;
    this.#restart.abort();
    this.#child?.kill('SIGTERM');
    await this.#ended;
    const last = this.lives.at(-1);
    if (last === undefined) throw new UnavailableError('Expected an agent to stop but received none');
    return last;
  }

  /** Kills the agent, if it runs, and starts it no more. */
  async end(): Promise<void> {
    this.#stopping = true;
    this.#restart.abort();
    this.kill();
    await this.#ended;
  }

  async #keepRunning(): Promise<void> {
    while (!this.#stopping) {
      await this.#live();
      if (this.#stopping) return;
      await pause(RESTART_MILLISECONDS, this.#restart.signal);
    }
  }

  async #live(): Promise<void> {
    this.#killing = false;
    const child = spawn(this.#program, [...this.#args], {
      env: { ...process.env, PATH: [dirname(process.execPath), process.env.PATH].join(delimiter) },
      stdio: ['ignore', this.#log, this.#log],
      // Detached from the terminal: Ctrl-C is for the soak, which ends the agent itself.
      detached: true,
    });
    const exit = once(child, 'exit');
    if (child.pid === undefined) await exit;
    this.#child = child;
    const life: Life = { pid: child.pid ?? 0, from: this.#seconds() };
    this.lives.push(life);
    const [code, signal] = await exit;
    this.#child = undefined;
    life.to = this.#seconds();
    life.status = signal ?? String(code);
    if (this.#killing) life.end = 'killed';
    else life.end = this.#stopping && code === 0 ? 'stopped' : 'failed';
  }
}
