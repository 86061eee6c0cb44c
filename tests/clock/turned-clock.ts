import type { SyncState } from '@oneface/edge/clock/clock-sync';
import { createTimeKeeper, type TimeKeeper } from '@oneface/edge/clock/time-keeper';
import { createLogger } from '@oneface/edge/logging/logger';
import { SimulatedTime } from '../support/simulated-time.js';

/** A machine whose clocks, time server and disk a test turns. */
export class TurnedClock {
  readonly time = new SimulatedTime();
  readonly lines: string[] = [];
  /** What is on disk. */
  floor: number | undefined;
  readonly written: number[] = [];
  sync: SyncState = { quality: 'unsynchronised', mark: undefined };
  /** What `refresh` brings to light. */
  onRefresh: () => void = () => {};
  #marks = 0;

  constructor(wall: number, floor?: number) {
    this.set(wall);
    this.floor = floor;
  }

  /** Sets the wall clock: a jump, unless nobody has looked yet. */
  set(wall: number): void {
    this.time.wallOffset = wall - Math.round(this.time.clock.monotonic());
  }

  /** As a time server does: sets the clock and leaves its mark. */
  synchronise(wall: number): void {
    this.set(wall);
    this.#marks += 1;
    this.sync = { quality: 'synchronised', mark: this.#marks };
  }

  now(): number {
    return this.time.clock.now();
  }

  keeper(): Promise<TimeKeeper> {
    return createTimeKeeper({
      clock: this.time.clock,
      store: {
        read: async () => this.floor,
        write: async (time) => {
          this.floor = time;
          this.written.push(time);
        },
      },
      sync: { read: () => this.sync, refresh: async () => this.onRefresh() },
      sleep: this.time.sleep,
      log: createLogger({
        level: 'debug',
        format: 'text',
        now: () => 0,
        write: (line) => this.lines.push(line.slice('1970-01-01T00:00:00.000Z '.length)),
      }),
    });
  }

  /** Lets the keeper look once. */
  async look(keeper: TimeKeeper): Promise<void> {
    await keeper.check(new AbortController().signal);
  }

  /** Lets the keeper work for so long. */
  async run(keeper: TimeKeeper, milliseconds: number): Promise<void> {
    const stop = new AbortController();
    const running = keeper.run(stop.signal);
    await this.time.pass(milliseconds);
    stop.abort();
    await running;
  }
}
