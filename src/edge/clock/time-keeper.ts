import type { TimeQuality } from '@oneface/common/events/event';
import type { Logger } from '../logging/logger.js';
import type { Clock } from './clock.js';
import type { ClockSync } from './clock-sync.js';
import { type ClockJump, createJumpDetector } from './jump-detector.js';
import type { Sleep } from './sleep.js';
import type { FloorStore } from './time-floor.js';
import { EARLIEST_PLAUSIBLE } from './time-quality.js';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Between two looks at the clocks. */
const CHECK_MILLISECONDS = 10 * SECOND;
/** The last good time is written this often at most: an SD card takes only so many writes. */
export const SAVE_MILLISECONDS = 30 * MINUTE;
/** A time server that is wrong for a moment must not become the last good time. */
export const SETTLED_MILLISECONDS = 10 * MINUTE;
/** So long must a time server insist on a time before the last good one for that one to be given up. */
export const HEALED_MILLISECONDS = 24 * HOUR;
/** How often those are asked that have to be asked: while the clock is not right, and afterwards. */
const REFRESH_MILLISECONDS = { early: MINUTE, later: 5 * MINUTE };
/** A clock without a time server this far past the last good time is wrong: no device lies off for so long. */
export const FURTHEST_MILLISECONDS = 10 * 365 * 24 * HOUR;

export interface TimeKeeperParts {
  readonly clock: Clock;
  readonly store: FloorStore;
  readonly sync: ClockSync;
  readonly sleep: Sleep;
  readonly log: Logger;
}

/** Knows what the wall clock is worth, while it may be wrong and may be set at any moment. */
export interface TimeKeeper {
  /** What the wall clock is worth now. */
  quality(): TimeQuality;
  /** Times the wall clock has jumped. */
  readonly jumps: number;
  /**
   * The time to judge certificates by, in milliseconds since 1970: never before the last good time, and never
   * one that cannot be. It is the wall clock where that is good.
   */
  certificateTime(): number;
  /**
   * The time in milliseconds since 1970 if it is known: the wall clock while a time server keeps it, after a
   * jump the last good time and what has passed since; undefined when no time server was ever heard.
   */
  trustedNow(): number | undefined;
  /** Looks at the clocks once, and keeps the last good time when it is due. */
  check(signal: AbortSignal): Promise<void>;
  /** Looks at the clocks every few seconds until the signal is aborted; keeps the last good time at the end. */
  run(signal: AbortSignal): Promise<void>;
}

/** Makes a time keeper; reads the last good time first. */
export async function createTimeKeeper(parts: TimeKeeperParts): Promise<TimeKeeper> {
  const floor = await parts.store.read();
  const now = parts.clock.now();
  if (floor !== undefined && now < floor) {
    parts.log.warn('the clock is behind the last good time', { clock: iso(now), lastGood: iso(floor) });
  }
  return new Keeper(parts, floor);
}

class Keeper implements TimeKeeper {
  readonly #parts: TimeKeeperParts;
  readonly #jumped: () => ClockJump | undefined;
  #jumps = 0;
  /** The last good time, as it is on disk or was meant to be. */
  #floor: number | undefined;
  /** When the floor was last written, by the monotonic clock. */
  #savedAt = Number.NEGATIVE_INFINITY;
  #refreshedAt = Number.NEGATIVE_INFINITY;
  /** Since when the clock has neither jumped nor been without a time server, by the monotonic clock. */
  #steadySince: number;
  /** Since when a time server has insisted on a time before the floor. */
  #behindSince: number | undefined;
  /** What the machine said before the last jump: as long as it says the same, it does not know of it. */
  #stale: { readonly mark: number | undefined } | undefined;
  #mark: number | undefined;
  /** A moment when the time was known. */
  #anchor: { readonly wall: number; readonly monotonic: number } | undefined;

  constructor(parts: TimeKeeperParts, floor: number | undefined) {
    this.#parts = parts;
    this.#floor = floor;
    this.#jumped = createJumpDetector(parts.clock);
    this.#mark = parts.sync.read().mark;
    this.#steadySince = parts.clock.monotonic();
  }

  get jumps(): number {
    return this.#jumps;
  }

  quality(): TimeQuality {
    const { clock, sync } = this.#parts;
    this.#noticeJump();
    const { quality, mark } = sync.read();
    this.#mark = mark;
    if (this.#stale !== undefined && mark !== this.#stale.mark) this.#stale = undefined;
    const judged = this.#judge(quality);
    const monotonic = clock.monotonic();
    if (judged === 'synchronised') this.#anchor = { wall: clock.now(), monotonic };
    else if (quality === 'unsynchronised') this.#steadySince = monotonic;
    return judged;
  }

  certificateTime(): number {
    const trusted = this.trustedNow();
    if (trusted !== undefined) return Math.max(this.#earliest, trusted);
    const now = this.#parts.clock.now();
    return this.#canBe(now) ? now : this.#earliest;
  }

  trustedNow(): number | undefined {
    const { clock } = this.#parts;
    if (this.quality() === 'synchronised') return clock.now();
    return this.#anchor && this.#anchor.wall + Math.round(clock.monotonic() - this.#anchor.monotonic);
  }

  async check(signal: AbortSignal): Promise<void> {
    const { clock, sync } = this.#parts;
    const early = this.quality() === 'unsynchronised';
    const pause = early ? REFRESH_MILLISECONDS.early : REFRESH_MILLISECONDS.later;
    if (clock.monotonic() - this.#refreshedAt >= pause) {
      this.#refreshedAt = clock.monotonic();
      await sync.refresh(signal);
    }
    if (clock.monotonic() - this.#savedAt >= SAVE_MILLISECONDS) await this.#save();
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.check(signal);
      await this.#parts.sleep(CHECK_MILLISECONDS, signal);
    }
    await this.#save();
  }

  #noticeJump(): void {
    const jump = this.#jumped();
    if (jump === undefined) return;
    this.#jumps += 1;
    this.#steadySince = this.#parts.clock.monotonic();
    this.#stale = { mark: this.#mark };
    this.#refreshedAt = Number.NEGATIVE_INFINITY;
    this.#parts.log.warn('the clock jumped', { seconds: jump.by / SECOND, to: iso(jump.to) });
  }

  /** What the clock is worth, given what the machine says of it. */
  #judge(said: TimeQuality): TimeQuality {
    const now = this.#parts.clock.now();
    if (now < EARLIEST_PLAUSIBLE) return 'unsynchronised';
    if (said === 'unknown') {
      // Nobody will say that the time is good again, so a while without a jump has to do.
      if (this.#steadyFor() >= SETTLED_MILLISECONDS) this.#stale = undefined;
      return this.#stale === undefined && this.#canBe(now) ? 'unknown' : 'unsynchronised';
    }
    return this.#stale === undefined ? said : 'unsynchronised';
  }

  #steadyFor(): number {
    return this.#parts.clock.monotonic() - this.#steadySince;
  }

  get #earliest(): number {
    return Math.max(this.#floor ?? EARLIEST_PLAUSIBLE, EARLIEST_PLAUSIBLE);
  }

  #canBe(time: number): boolean {
    return time >= this.#earliest && time <= this.#earliest + FURTHEST_MILLISECONDS;
  }

  /** Keeps the time as the last good one, if a time server has kept it for a while. */
  async #save(): Promise<void> {
    const { clock, store, log } = this.#parts;
    const synchronised = this.quality() === 'synchronised';
    const now = clock.now();
    const monotonic = clock.monotonic();
    if (!synchronised || this.#floor === undefined || now >= this.#floor) this.#behindSince = undefined;
    else {
      this.#behindSince ??= monotonic;
      if (monotonic - this.#behindSince < HEALED_MILLISECONDS) return;
      log.warn('the last good time was wrong and is given up', {
        lastGood: iso(this.#floor),
        clock: iso(now),
      });
    }
    if (!synchronised || this.#steadyFor() < SETTLED_MILLISECONDS) return;
    this.#floor = now;
    this.#savedAt = monotonic;
    this.#behindSince = undefined;
    await store.write(now);
  }
}

function iso(time: number): string {
  return new Date(time).toISOString();
}
