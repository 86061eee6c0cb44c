import type { TimeQuality } from '@oneface/common/events/event';

/** What is known of the time, for certificates; a time keeper is one. */
export interface CertificateClock {
  /** The time to judge certificates by, in milliseconds since 1970; never before one that is known to be past. */
  certificateTime(): number;
  /** What the wall clock is worth. */
  quality(): TimeQuality;
}
