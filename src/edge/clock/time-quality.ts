import { existsSync } from 'node:fs';
import type { TimeQuality } from '@oneface/common/events/event';
import type { Clock } from './clock.js';
import { TIMESYNC_FOLDER, TIMESYNC_MARKER } from './clock-sync.js';

/** No device of ours was on before this: an earlier time comes from a clock without a battery. */
export const EARLIEST_PLAUSIBLE = Date.UTC(2025, 0, 1);

/**
 * Says how far the wall clock can be trusted, at one look. What runs for longer asks a `TimeKeeper`, which
 * also sees the clock jump.
 *
 * 'synchronised': a time server has set it since boot. 'unsynchronised': none has yet, or the time is one
 * that cannot be. 'unknown': this machine keeps its time in a way that leaves no trace we read.
 *
 * @param exists whether a path exists
 */
export function timeQuality(
  clock: Pick<Clock, 'now'>,
  exists: (path: string) => boolean = existsSync,
): TimeQuality {
  if (clock.now() < EARLIEST_PLAUSIBLE) return 'unsynchronised';
  if (exists(TIMESYNC_MARKER)) return 'synchronised';
  return exists(TIMESYNC_FOLDER) ? 'unsynchronised' : 'unknown';
}
