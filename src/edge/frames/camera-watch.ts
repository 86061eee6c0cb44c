import { createHash } from 'node:crypto';
import type { CameraStateName } from '@oneface/common/health/health';
import type { Raster } from '@oneface/common/images/raster';
import type { Clock } from '../clock/clock.js';
import type { Sleep } from '../clock/sleep.js';
import type { Logger } from '../logging/logger.js';
import { ProgramError } from '../processes/program-error.js';
import { CameraError } from './camera-error.js';
import * as limits from './camera-limits.js';
import { type Luminance, measureLuminance, sameLuminance } from './luminance.js';
import { Persistence } from './persistence.js';

export interface CameraWatchOptions {
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly log: Pick<Logger, 'info' | 'warn'>;
  /** Whether the source shows the same pictures again by intent; then it is never frozen. */
  readonly replays?: boolean;
  /** Without a frame for this long the camera is stalled; 20 if left out. Longer than the slowest rate needs. */
  readonly stallSeconds?: number;
  /** The same picture for this long, and this often, is a frozen camera; 10 and 10 if left out. */
  readonly frozenSeconds?: number;
  readonly frozenFrames?: number;
}

/** What the camera does. */
export interface CameraState {
  readonly state: CameraStateName;
  /** When it came to this state, in milliseconds of the monotonic clock. */
  readonly since: number;
  /** How often it came to each state; one that is left out never was. */
  readonly counts: Readonly<Partial<Record<CameraStateName, number>>>;
}

/** Tells from frames and failures what a camera does. */
export interface CameraWatch {
  readonly state: CameraState;
  /**
   * Takes in a frame.
   *
   * @param picture the decoded frame, or the same in small
   * @param bytes the frame as it came; not kept, as frames that outlive their turn make the heap grow
   */
  observeFrame(picture: Raster, bytes: Uint8Array): void;
  /** Takes in why a frame could not be had. */
  observeFailure(error: unknown): void;
  /** Sees whether frames are overdue; to be called every second or so. */
  check(): void;
}

/** Makes the watch over a camera. It starts as `starting`. */
export function createCameraWatch(options: CameraWatchOptions): CameraWatch {
  return new Watch(options);
}

const CHECK_MILLISECONDS = 1000;

/** Checks every second until the signal is aborted: a camera that gives nothing is noticed although no frame comes. */
export async function keepChecking(
  camera: Pick<CameraWatch, 'check'>,
  sleep: Sleep,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    camera.check();
    await sleep(CHECK_MILLISECONDS, signal);
  }
}

/** Codes of system errors that mean: there is no such device, or it cannot be opened. */
const NO_DEVICE_CODES: readonly unknown[] = ['ENOENT', 'ENODEV', 'ENXIO', 'EACCES', 'EBUSY'];

class Watch implements CameraWatch {
  readonly #clock: CameraWatchOptions['clock'];
  readonly #log: CameraWatchOptions['log'];
  readonly #replays: boolean;
  readonly #stallMs: number;
  readonly #dark = new Persistence(limits.BLIND_FRAMES, limits.BLIND_SECONDS * 1000);
  readonly #overexposed = new Persistence(limits.BLIND_FRAMES, limits.BLIND_SECONDS * 1000);
  readonly #frozen: Persistence;
  readonly #counts: Partial<Record<CameraStateName, number>> = { starting: 1 };
  #state: CameraStateName = 'starting';
  #since: number;
  #lastFrame: number;
  #last: { readonly picture: Luminance; readonly size: string; readonly digest: Buffer } | undefined;
  /** Whether the last failure said that there is no camera. */
  #absent = false;

  constructor(options: CameraWatchOptions) {
    const {
      clock,
      log,
      replays = false,
      stallSeconds = limits.STALL_SECONDS,
      frozenSeconds = limits.FROZEN_SECONDS,
      frozenFrames = limits.FROZEN_FRAMES,
    } = options;
    this.#clock = clock;
    this.#log = log;
    this.#replays = replays;
    this.#stallMs = stallSeconds * 1000;
    this.#frozen = new Persistence(frozenFrames, frozenSeconds * 1000);
    this.#since = clock.monotonic();
    this.#lastFrame = this.#since;
  }

  get state(): CameraState {
    return { state: this.#state, since: this.#since, counts: { ...this.#counts } };
  }

  observeFrame(picture: Raster, bytes: Uint8Array): void {
    const now = this.#clock.monotonic();
    this.#lastFrame = now;
    this.#absent = false;
    const luminance = measureLuminance(picture);
    const { high, detail, white } = luminance;
    const isWhite = white >= limits.OVEREXPOSED_WHITE;
    const overexposed = this.#overexposed.observe(isWhite, white >= limits.STILL_OVEREXPOSED_WHITE, now);
    const isDark = high <= limits.DARK_HIGH || detail <= limits.COVERED_DETAIL;
    const staysDark = high <= limits.STILL_DARK_HIGH || detail <= limits.STILL_COVERED_DETAIL;
    const dark = this.#dark.observe(isDark && !isWhite, staysDark && !isWhite, now);
    // Another picture is the first of a new row.
    if (this.#replays || !this.#sameAsLast(luminance, picture, bytes)) this.#frozen.reset();
    const frozen = this.#frozen.observe(true, true, now);
    // A picture that is all black or white may well be the same again: what is wrong is the light.
    if (overexposed) this.#enter('overexposed', { white });
    else if (dark) this.#enter('dark', { brightest: high, detail });
    else if (frozen) this.#enter('frozen', {});
    else this.#enter('online', {});
  }

  observeFailure(error: unknown): void {
    this.#absent = saysNoDevice(error);
    if (!this.#absent) return;
    this.#forget();
    this.#enter('no-device', { error });
  }

  check(): void {
    if (this.#clock.monotonic() - this.#lastFrame < this.#stallMs || this.#absent) return;
    this.#forget();
    this.#enter('stalled', { seconds: this.#stallMs / 1000 });
  }

  /** The digest tells equal frames apart from others, not forged ones. */
  #sameAsLast(luminance: Luminance, { width, height }: Raster, bytes: Uint8Array): boolean {
    const last = this.#last;
    const size = `${width}x${height}`;
    const digest = createHash('sha1').update(bytes).digest();
    this.#last = { picture: luminance, size, digest };
    if (last === undefined) return false;
    if (last.digest.equals(digest)) return true;
    return last.size === size && sameLuminance(last.picture, luminance);
  }

  /** After a gap nothing of before counts. */
  #forget(): void {
    this.#last = undefined;
    for (const persistence of [this.#dark, this.#overexposed, this.#frozen]) persistence.reset();
  }

  #enter(state: CameraStateName, facts: Readonly<Record<string, unknown>>): void {
    if (state === this.#state) return;
    const was = this.#state;
    this.#state = state;
    this.#since = this.#clock.monotonic();
    this.#counts[state] = (this.#counts[state] ?? 0) + 1;
    if (state === 'online') this.#log.info('the camera works', { was });
    else this.#log.warn('the camera is in trouble', { state, was, ...facts });
  }
}

function saysNoDevice(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof CameraError) return cause.trouble === 'no-device';
    if (cause instanceof ProgramError && cause.failure === 'not-started') return true;
    if ('code' in cause && NO_DEVICE_CODES.includes(cause.code)) return true;
  }
  return false;
}
