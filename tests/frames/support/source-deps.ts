import { sleep } from '@oneface/edge/clock/sleep';
import type { FrameSourceDeps } from '@oneface/edge/frames/open-frame-source';
import type { LogFields } from '@oneface/edge/logging/logger';

/** One line of a log. */
export interface LogLine {
  readonly message: string;
  readonly fields: LogFields;
}

/** What frame sources need, with the real clock and a log that nobody reads. */
export function sourceDeps(changes: Partial<FrameSourceDeps> = {}): FrameSourceDeps {
  return {
    clock: { now: Date.now, monotonic: () => performance.now() },
    sleep,
    random: () => 0,
    env: process.env,
    log: { info: () => undefined, warn: () => undefined },
    onSkipped: (error) => {
      throw error;
    },
    ...changes,
  };
}

/** A sleep that takes no time and keeps what it was asked for; after that many it does not end by itself. */
export function noSleep(most = 8) {
  const pauses: number[] = [];
  const sleepShortly: FrameSourceDeps['sleep'] = async (milliseconds, signal) => {
    pauses.push(milliseconds);
    await sleep(pauses.length < most ? 1 : 600_000, signal);
  };
  return { pauses, sleep: sleepShortly };
}

/** A sleep that is short whatever it is asked for. */
export const shortSleep: FrameSourceDeps['sleep'] = (_, signal) => sleep(50, signal);

/** A log that keeps its lines. */
export function keptLog() {
  const lines: LogLine[] = [];
  const keep = (message: string, fields: LogFields = {}) => {
    lines.push({ message, fields });
  };
  return { lines, log: { info: keep, warn: keep } };
}
