import type { LeaveReason } from '@oneface/common/events/event';
import type { Sight } from './sight.js';

/** A face that came, stays or went, and its best frame so far. */
export interface Presence {
  /** Counts the presences of this boot from 1. */
  readonly id: number;
  /** When the face was first seen, by the wall clock of that moment: milliseconds since 1970. */
  readonly since: number;
  /** From the first to the latest sight, by the monotonic clock. */
  readonly milliseconds: number;
  /** Frames in which it was found. */
  readonly frames: number;
  readonly best: Sight;
}

/** What there is to tell of a presence. For each id one enter, any number of updates, then one leave. */
export type PresenceChange =
  | { readonly kind: 'enter' | 'update'; readonly presence: Presence }
  | { readonly kind: 'leave'; readonly reason: LeaveReason; readonly presence: Presence };
