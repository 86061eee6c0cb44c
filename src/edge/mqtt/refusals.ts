/**
 * Reason codes that a PUBACK of MQTT 5 may carry and that say something about the message itself, so that
 * the broker will never take it: payload format invalid and packet too large.
 */
const FINAL_REASONS: readonly number[] = [0x99, 0x95];

/**
 * Whether a broker that refused a message will refuse it for ever.
 *
 * "Not authorised" and "quota exceeded" are not final: rights and quotas get mended, and what the agent has
 * promised to deliver must wait for that. Nor are the codes that say nothing (unspecified, implementation
 * specific) or that speak of the topic name, which a rule of the broker may forbid today.
 */
export function isFinalRefusal(reasonCode: number): boolean {
  return FINAL_REASONS.includes(reasonCode);
}

const SHORTEST_PAUSE = 1000;
const LONGEST_PAUSE = 600_000;

/** Pauses before a refused message is sent again: from a second, doubled each time, to ten minutes. */
export interface RefusalPauses {
  /** The next pause in milliseconds. */
  next(): number;
  /** Something was delivered: the next pause is the shortest. */
  reset(): void;
}

export function createRefusalPauses(): RefusalPauses {
  let pause = SHORTEST_PAUSE;
  return {
    next() {
      const now = pause;
      pause = Math.min(LONGEST_PAUSE, 2 * pause);
      return now;
    },
    reset() {
      pause = SHORTEST_PAUSE;
    },
  };
}
