import type { TimeQuality } from '@oneface/common/events/event';

/** What is known of a frame before anybody looks at it. */
export interface FrameFacts {
  /** Counts the frames of this boot from 1. */
  readonly number: number;
  /** When it was taken, by the wall clock: milliseconds since 1970, perhaps wrong. */
  readonly capturedAt: number;
  /** When it came, in milliseconds of the monotonic clock. Durations go by this alone. */
  readonly arrivedAt: number;
  readonly timeQuality: TimeQuality;
  /** Milliseconds that decoding took. */
  readonly decode: number;
}
