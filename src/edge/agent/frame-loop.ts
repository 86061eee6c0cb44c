import { OnefaceError } from '@oneface/common/errors/errors';
import type { TimeQuality } from '@oneface/common/events/event';
import type { Raster } from '@oneface/common/images/raster';
import type { Clock } from '../clock/clock.js';
import type { Sleep } from '../clock/sleep.js';
import type { FrameFacts } from '../events/event-factory.js';
import type { Frame, FrameSource } from '../frames/frame-source.js';
import type { Logger } from '../logging/logger.js';
import type { FrameAnalysis } from '../vision/analyse-frame.js';

/** After a frame that could not be had, the source is left in peace for this long. */
const PAUSE_AFTER_FAILURE_MILLISECONDS = 1000;

export interface FrameLoopParts {
  readonly source: FrameSource;
  /** Throws an OnefaceError for bytes that are no picture. */
  readonly decode: (frame: Frame) => Promise<Raster>;
  readonly analyse: (picture: Raster) => Promise<FrameAnalysis>;
  /** Takes what was seen in a frame. */
  readonly report: (facts: FrameFacts, analysis: FrameAnalysis) => void;
  readonly timeQuality: () => TimeQuality;
  readonly clock: Clock;
  readonly sleep: Sleep;
  readonly log: Logger;
  /** Frames are not taken faster than this. */
  readonly perSecond: number;
  /** Ends after this many frames; without it, when the source does. */
  readonly limit?: number;
}

/** What became of the frames. */
export interface FrameCounts {
  /** Frames taken from the source. */
  frames: number;
  faces: number;
  withoutFace: number;
  /** Frames that are no picture. */
  unreadable: number;
  /** Times the source failed to give one. */
  missed: number;
}

/**
 * Takes frame after frame from the source, looks at it and reports what it saw. A frame that cannot be had
 * or read is logged and left out. One frame is in work at a time.
 *
 * @param signal ends the loop after the frame in work
 * @returns once the source has ended, the limit is reached or the signal is aborted
 */
export async function runFrameLoop(parts: FrameLoopParts, signal: AbortSignal): Promise<FrameCounts> {
  const { source, clock, sleep, log, perSecond, limit = Number.POSITIVE_INFINITY } = parts;
  const counts: FrameCounts = { frames: 0, faces: 0, withoutFace: 0, unreadable: 0, missed: 0 };
  let due = clock.monotonic();
  while (counts.frames < limit) {
    await sleep(Math.max(0, due - clock.monotonic()), signal);
    if (signal.aborted) break;
    due = clock.monotonic() + 1000 / perSecond;
    let frame: Frame | undefined;
    try {
      frame = await source.next(signal);
    } catch (error) {
      if (signal.aborted) break;
      if (!(error instanceof OnefaceError)) throw error;
      counts.missed += 1;
      log.warn('no frame', { source: source.name, error });
      due = clock.monotonic() + PAUSE_AFTER_FAILURE_MILLISECONDS;
      continue;
    }
    if (frame === undefined) break;
    counts.frames += 1;
    await workOn(frame, parts, counts);
  }
  return counts;
}

async function workOn(frame: Frame, parts: FrameLoopParts, counts: FrameCounts): Promise<void> {
  const { decode, analyse, report, timeQuality, clock, log } = parts;
  const start = clock.monotonic();
  let picture: Raster;
  try {
    picture = await decode(frame);
  } catch (error) {
    if (!(error instanceof OnefaceError)) throw error;
    counts.unreadable += 1;
    log.warn('frame left out', { frame: counts.frames, name: frame.name, error });
    return;
  }
  const facts = {
    number: counts.frames,
    capturedAt: frame.capturedAt,
    timeQuality: timeQuality(),
    decode: clock.monotonic() - start,
  };
  const analysis = await analyse(picture);
  if (analysis.face === undefined) counts.withoutFace += 1;
  else counts.faces += 1;
  report(facts, analysis);
  log.debug('frame done', { frame: facts.number, result: analysis.reason ?? 'face', ...analysis.timings });
}
