import type { Raster } from '@oneface/common/images/raster';
import type { FrameFacts } from '../capture/frame-facts.js';
import type { Clock } from '../clock/clock.js';
import type { BuildEvent, EventFactory } from '../events/event-factory.js';
import type { FrameAnalysis } from '../vision/analyse-frame.js';
import type { PresenceChange } from './presence.js';
import { createPresenceTracker } from './presence-tracker.js';
import type { ReportOptions } from './report-options.js';

/** Decides which events there are to tell, and hands them on. Calls resolve when the events are kept. */
export interface Reporter {
  /**
   * A frame was looked at.
   *
   * @param picture not kept
   * @param requested whether somebody asked for this one: it is then reported as a frame in any mode
   */
  frame(facts: FrameFacts, analysis: FrameAnalysis, picture: Raster, requested: boolean): Promise<void>;
  /** Frames come, but this one was not looked at. */
  unseen(): Promise<void>;
  /** The camera has given no frames for a while. */
  noFrames(): Promise<void>;
  /** There will be no more frames. */
  stop(): Promise<void>;
}

export interface ReporterDeps {
  readonly events: EventFactory;
  /** Takes an event to the outbox; resolves when it is kept. */
  readonly add: (build: BuildEvent) => Promise<void>;
  readonly clock: Pick<Clock, 'monotonic'>;
}

/** Makes the reporter of the configured mode. */
export function createReporter(options: ReportOptions, deps: ReporterDeps): Reporter {
  return options.mode === 'frames' ? frameReporter(deps) : presenceReporter(options, deps);
}

function frameReporter({ events, add }: ReporterDeps): Reporter {
  const nothing = async () => {};
  return {
    frame: (facts, analysis) => addAll(events.ofFrame(facts, analysis), add),
    unseen: nothing,
    noFrames: nothing,
    stop: nothing,
  };
}

function presenceReporter(
  options: Extract<ReportOptions, { mode: 'presence' }>,
  { events, add, clock }: ReporterDeps,
): Reporter {
  const tracker = createPresenceTracker(options, { clock });
  const tell = (changes: PresenceChange[], frame: BuildEvent[] = []) =>
    addAll([...frame, ...changes.map(events.ofPresence)], add);
  return {
    frame: (facts, analysis, picture, requested) =>
      tell(tracker.observe(facts, analysis, picture), requested ? events.ofFrame(facts, analysis) : []),
    unseen: () => tell(tracker.unseen()),
    noFrames: () => tell(tracker.noFrames()),
    stop: () => tell(tracker.stop()),
  };
}

/** All are handed over before the first is awaited, so that their order is that of the calls. */
async function addAll(builds: readonly BuildEvent[], add: ReporterDeps['add']): Promise<void> {
  await Promise.all(builds.map(add));
}
