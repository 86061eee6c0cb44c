import type { OnefaceError } from '@oneface/common/errors/errors';
import type { TimeQuality } from '@oneface/common/events/event';
import type { Raster } from '@oneface/common/images/raster';
import type { Clock } from '../clock/clock.js';
import type { Sleep } from '../clock/sleep.js';
import type { Frame, FrameSource } from '../frames/frame-source.js';
import type { Logger } from '../logging/logger.js';
import type { Reporter } from '../presence/reporter.js';
import type { FrameAnalysis } from '../vision/analyse-frame.js';
import type { Triggers } from '../wake/wake.js';
import type { WakeOptions } from '../wake/wake-options.js';

/** The stages of a frame, in order. */
export type FrameStage = 'decode' | 'find' | 'segment' | 'measure';

/** What the frame loop is put together from. */
export interface FrameLoopParts {
  readonly source: FrameSource;
  /** Throws an OnefaceError for bytes that are no picture. */
  readonly decode: (frame: Frame) => Promise<Raster>;
  /** Decodes to a small picture, which is cheaper. Throws as `decode` does. */
  readonly glance: (frame: Frame) => Promise<Raster>;
  readonly analyse: (picture: Raster) => Promise<FrameAnalysis>;
  /** Takes what was seen. */
  readonly report: Reporter;
  readonly timeQuality: () => TimeQuality;
  readonly clock: Clock;
  readonly sleep: Sleep;
  readonly log: Logger;
  /** Frames are not taken faster than this. */
  readonly perSecond: number;
  /** Nor faster than this while nothing keeps the agent awake. */
  readonly idlePerSecond: number;
  readonly wake: WakeOptions;
  /** Sensors and buttons that wake the agent. */
  readonly triggers?: Triggers;
  /** Ends after this many frames; without it, when the source does. */
  readonly limit?: number;
  /** Hears of the picture of every frame; while the agent is not awake it is a small one. */
  readonly onPicture?: (picture: Raster, frame: Frame) => void;
  /** Hears of every frame that could not be had. */
  readonly onMissed?: (error: OnefaceError) => void;
  /** Hears how long the stages of a frame that was looked at took. */
  readonly onStage?: (stage: FrameStage, milliseconds: number) => void;
  /** Called whenever the loop gets on: every few seconds, also while it waits for the camera. */
  readonly heartbeat?: () => void;
}
