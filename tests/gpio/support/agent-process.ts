import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { GpioOptions } from '@oneface/edge/gpio/gpio-options';
import type { ExecutionContext } from 'ava';
import { eventually, TextLines } from './text-lines.js';

const PROGRAM = fileURLToPath(new URL('./gpio-agent.js', import.meta.url));

/** A line of the program's log. */
export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly [field: string]: unknown;
}

/** Runs gpio-agent.ts, which uses GPIO lines as the agent does. It leads a process group. */
export class AgentProcess {
  readonly child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly log: LogLine[] = [];
  /** What it wrote to stderr. */
  readonly complaints: readonly string[];

  /**
   * @param inside makes the command line that runs it where its lines are
   */
  constructor(
    t: ExecutionContext,
    options: GpioOptions,
    {
      inside = (program: string, ...args: string[]): [string, string[]] => [program, args],
      env = process.env,
    } = {},
  ) {
    const [program, args] = inside(process.execPath, PROGRAM, JSON.stringify(options));
    this.child = spawn(program, args, { env, detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
    this.complaints = new TextLines(this.child.stderr).all;
    t.teardown(() => this.child.kill('SIGKILL'));
    new TextLines(this.child.stdout, (line) => this.log.push(JSON.parse(line)));
    this.child.stdin.on('error', () => {});
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** Gives an order, and does not wait. */
  say(order: string): void {
    this.child.stdin.write(`${order}\n`);
  }

  /** Gives an order and waits until it is done. */
  async do(order: string): Promise<void> {
    const before = this.count('done');
    this.say(order);
    await eventually(() => this.count('done') > before || undefined);
  }

  /** How often it has logged this message. */
  count(message: string): number {
    return this.log.filter((line) => line.message === message).length;
  }

  /** Waits for the n-th time that it logs a message, and gives that line. */
  async logged(message: string, times = 1): Promise<LogLine> {
    return eventually(() => this.log.filter((line) => line.message === message)[times - 1]);
  }

  /** The id of the process that holds its relay. */
  async holder(): Promise<number> {
    const before = this.count('holder');
    this.say('holder');
    return Number((await this.logged('holder', before + 1)).holder);
  }

  /** Kills it and waits until it is gone. */
  async kill(signal: NodeJS.Signals): Promise<void> {
    this.child.kill(signal);
    await this.ended();
  }

  async ended(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, 'exit');
  }
}

/** Options with defaults. */
export function gpioOptions(options: Partial<GpioOptions>): GpioOptions {
  return { driver: 'auto', triggers: [], ...options };
}

export const pir = (line: number, changes: Partial<GpioOptions['triggers'][number]> = {}) =>
  ({ line, kind: 'pir', activeLow: false, debounceMilliseconds: 0, ...changes }) as const;

export const relayAt = (line: number, changes: Partial<NonNullable<GpioOptions['relay']>> = {}) =>
  ({ line, activeLow: false, longestOnSeconds: 60, follow: 'nothing', ...changes }) as const;
