import { OnefaceError, UnavailableError } from '@oneface/common/errors/errors';
import type { Raster } from '@oneface/common/images/raster';
import type { Frame } from '../frames/frame-source.js';
import type { LogFields } from '../logging/logger.js';
import type { FrameAnalysis } from '../vision/analyse-frame.js';
import { createWake, type Wake } from '../wake/wake.js';
import { SharedRequest } from './capture-request.js';
import type { FrameFacts } from './frame-facts.js';
import type { FrameLoopParts } from './frame-loop-parts.js';
import { FramePace } from './frame-pace.js';
import { waitForFrame } from './frame-wait.js';
import { createInterruptibleSleep, type InterruptibleSleep } from './interruptible-sleep.js';
import { PendingReports } from './pending-reports.js';
import { createSparseWarnings } from './sparse-warnings.js';

/** After a frame that could not be had, the source is left in peace for this long. */
const PAUSE_AFTER_FAILURE_MILLISECONDS = 1000;

/** No wait is longer than this without a heartbeat: a tenth of the 30 s after which a watchdog acts. */
const BEAT_MILLISECONDS = 3000;

/** A camera without a picture for this long gives none (as in Frigate's watchdog). */
const NO_FRAMES_MILLISECONDS = 20_000;

/** Events of this many frames may wait for the disk at once. */
const MOST_PENDING_REPORTS = 8;

/** What became of the frames so far. */
export interface FrameCounts {
  /** Frames taken from the source. */
  readonly frames: number;
  /** Frames that faces were looked for in. */
  readonly analysed: number;
  /** Frames that a newer one replaced before they were taken. */
  readonly dropped: number;
  /** Frames that are no picture. */
  readonly unreadable: number;
  /** Times the source failed to give one. */
  readonly missed: number;
  /** Faces found, in all frames together. */
  readonly faces: number;
}

/** A frame and what it shows. */
export interface LookedAt {
  readonly facts: FrameFacts;
  readonly analysis: FrameAnalysis;
}

/** Takes frame after frame from a source. One frame is in work at a time. */
export interface FrameLoop {
  readonly counts: FrameCounts;
  /**
   * Runs until the source ends, the limit is reached or the signal is aborted. A frame that cannot be had or
   * read is logged and left out. To be called once.
   *
   * @param signal ends the loop after the frame in work
   */
  run(signal: AbortSignal): Promise<FrameCounts>;
  /**
   * Looks at the next frame, whatever the wake state, and reports it as a frame. Requests that come while
   * one waits get the same frame.
   *
   * @throws OnefaceError when that frame cannot be had or read, or the loop does not run
   */
  captureNow(): Promise<LookedAt>;
}

export function createFrameLoop(parts: FrameLoopParts): FrameLoop {
  return new Loop(parts);
}

class Loop implements FrameLoop {
  readonly #parts: FrameLoopParts;
  readonly #nap: InterruptibleSleep;
  readonly #wake: Wake;
  readonly #pace: FramePace;
  readonly #request = new SharedRequest<LookedAt>();
  readonly #reports = new PendingReports(MOST_PENDING_REPORTS);
  readonly #warnMissed: (fields: LogFields) => void;
  readonly #warnUnreadable: (fields: LogFields) => void;
  readonly #counters = { frames: 0, analysed: 0, unreadable: 0, missed: 0, faces: 0 };
  #running = false;
  /** Since when the source has been asked for a picture in vain. */
  #askedSince: number | undefined;
  #toldNoFrames = false;

  constructor(parts: FrameLoopParts) {
    const { clock, log } = parts;
    this.#parts = parts;
    this.#nap = createInterruptibleSleep(parts.sleep);
    this.#wake = createWake(parts.wake, parts, () => this.#nap.interrupt());
    this.#pace = new FramePace(clock.monotonic());
    this.#warnMissed = createSparseWarnings(log, 'no frame', clock);
    this.#warnUnreadable = createSparseWarnings(log, 'frame left out', clock);
  }

  get counts(): FrameCounts {
    return { ...this.#counters, dropped: this.#parts.source.counts.dropped };
  }

  async run(signal: AbortSignal): Promise<FrameCounts> {
    const { report, limit = Number.POSITIVE_INFINITY } = this.#parts;
    this.#running = true;
    try {
      while (this.#counters.frames < limit) {
        await this.#pause(signal);
        if (signal.aborted) break;
        const frame = await this.#nextFrame(signal);
        if (frame === undefined) break;
        if (frame !== 'missed') await this.#workOn(frame);
        await this.#reports.room();
      }
      this.#reports.add(report.stop());
      await this.#reports.settle();
      return this.counts;
    } finally {
      this.#running = false;
      this.#wake.close();
      this.#request.take()?.reject(noMoreFrames());
    }
  }

  async captureNow(): Promise<LookedAt> {
    if (!this.#running) throw noMoreFrames();
    const result = this.#request.join();
    this.#nap.interrupt();
    return await result;
  }

  /** Sleeps until the next frame is due. What wakes the agent or asks for a frame ends the sleep. */
  async #pause(signal: AbortSignal): Promise<void> {
    const { clock, heartbeat, perSecond, idlePerSecond } = this.#parts;
    while (!signal.aborted) {
      heartbeat?.();
      this.#pace.perSecond = this.#wake.state === 'idle' ? Math.min(perSecond, idlePerSecond) : perSecond;
      const rest = this.#pace.due - clock.monotonic();
      if (rest <= 0 || this.#request.pending) return;
      await this.#nap.sleep(Math.min(rest, BEAT_MILLISECONDS), signal);
    }
  }

  /** The next frame, `missed` when this one could not be had, or undefined when there are no more. */
  async #nextFrame(signal: AbortSignal): Promise<Frame | 'missed' | undefined> {
    const { source, clock, onMissed } = this.#parts;
    const now = clock.monotonic();
    this.#askedSince ??= now;
    this.#pace.taken(now);
    try {
      const beat = { every: BEAT_MILLISECONDS, call: () => this.#beat() };
      return await waitForFrame(source, this.#nap, beat, signal);
    } catch (error) {
      if (signal.aborted) return undefined;
      if (!(error instanceof OnefaceError)) throw error;
      this.#counters.missed += 1;
      this.#warnMissed({ source: source.name, error });
      onMissed?.(error);
      this.#request.take()?.reject(error);
      this.#pace.holdUntil(clock.monotonic() + PAUSE_AFTER_FAILURE_MILLISECONDS);
      this.#beat();
      return 'missed';
    }
  }

  /** The loop is sound, but there is no picture yet. */
  #beat(): void {
    const { clock, heartbeat, report } = this.#parts;
    heartbeat?.();
    if (this.#toldNoFrames || this.#askedSince === undefined) return;
    if (clock.monotonic() - this.#askedSince < NO_FRAMES_MILLISECONDS) return;
    this.#toldNoFrames = true;
    this.#reports.add(report.noFrames());
  }

  async #workOn(frame: Frame): Promise<void> {
    this.#counters.frames += 1;
    const request = this.#request.take();
    try {
      const seen = await this.#look(frame, request !== undefined);
      if (seen instanceof OnefaceError) request?.reject(seen);
      else if (seen !== undefined) request?.resolve(seen);
    } catch (error) {
      request?.reject(error);
      throw error;
    }
  }

  /** What the frame shows, what is wrong with it, or undefined when nobody is awake to look. */
  async #look(frame: Frame, requested: boolean): Promise<LookedAt | OnefaceError | undefined> {
    const { report, timeQuality, clock, onPicture } = this.#parts;
    const arrivedAt = clock.monotonic();
    const awake = requested || this.#wake.state === 'awake';
    if (!awake) {
      const small = await this.#read(frame, this.#parts.glance);
      if (small instanceof OnefaceError) return small;
      onPicture?.(small, frame);
      if (!this.#wake.glance(small)) {
        this.#reports.add(report.unseen());
        return undefined;
      }
    }
    const start = clock.monotonic();
    const picture = await this.#read(frame, this.#parts.decode);
    if (picture instanceof OnefaceError) return picture;
    const decode = clock.monotonic() - start;
    if (awake) onPicture?.(picture, frame);
    const number = this.#counters.frames;
    const facts = { number, capturedAt: frame.capturedAt, arrivedAt, timeQuality: timeQuality(), decode };
    const analysis = await this.#analyse(picture, facts);
    this.#reports.add(report.frame(facts, analysis, picture, requested));
    return { facts, analysis };
  }

  async #read(frame: Frame, decode: FrameLoopParts['decode']): Promise<Raster | OnefaceError> {
    try {
      const picture = await decode(frame);
      this.#askedSince = undefined;
      this.#toldNoFrames = false;
      return picture;
    } catch (error) {
      if (!(error instanceof OnefaceError)) throw error;
      this.#counters.unreadable += 1;
      this.#warnUnreadable({ frame: this.#counters.frames, name: frame.name, error });
      this.#beat();
      return error;
    }
  }

  async #analyse(picture: Raster, { number, decode }: FrameFacts): Promise<FrameAnalysis> {
    const { analyse, onStage, log } = this.#parts;
    const analysis = await analyse(picture);
    const { faces, reason, timings } = analysis;
    this.#counters.analysed += 1;
    this.#counters.faces += faces.length;
    if (faces.length > 0) this.#wake.faceSeen();
    onStage?.('decode', decode);
    onStage?.('find', timings.find);
    if (timings.segment !== undefined) onStage?.('segment', timings.segment);
    if (timings.measure !== undefined) onStage?.('measure', timings.measure);
    log.debug('frame done', { frame: number, faces: faces.length, reason, ...timings });
    return analysis;
  }
}

function noMoreFrames(): UnavailableError {
  return new UnavailableError('No frames are taken');
}
