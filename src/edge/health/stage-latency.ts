import { STAGES, type Stage } from '@oneface/common/health/health';
import type { Clock } from '../clock/clock.js';
import { type Quantiles, SampleWindow } from './sample-window.js';

/** What is told of the latency is that of the last five minutes. */
const WINDOW_MILLISECONDS = 5 * 60_000;
/** Enough for five minutes at 13 frames a second; 64 KiB a stage. */
const MOST_SAMPLES = 4096;

/** How long the stages of a frame take, over the last minutes. */
export type StageLatency = Readonly<Record<Stage, SampleWindow>>;

/** Makes the windows that hold the latency of each stage in milliseconds. */
export function createStageLatency(clock: Pick<Clock, 'monotonic'>): StageLatency {
  const windows = STAGES.map((stage) => [stage, new SampleWindow(MOST_SAMPLES, WINDOW_MILLISECONDS, clock)]);
  return Object.fromEntries(windows);
}

/** Quantiles in milliseconds of the stages that ran in the last minutes. */
export function latencyQuantiles(latency: StageLatency): Partial<Record<Stage, Quantiles>> {
  return Object.fromEntries(
    STAGES.flatMap((stage) => {
      const quantiles = latency[stage].quantiles();
      return quantiles === undefined ? [] : [[stage, quantiles]];
    }),
  );
}
