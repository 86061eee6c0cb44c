import type { Protocol } from './broker.js';

/** Closed connections in a row after which the broker may not speak the version. */
const SILENT_CLOSES = 2;
/** After this MQTT 5 is tried again: brokers get updated. */
const SECOND_LOOK_MILLISECONDS = 3 * 24 * 3_600_000;

/** Knows which version of MQTT to speak with a broker. */
export interface ProtocolChoice {
  /** The version for the next attempt. */
  next(): Protocol;
  /** The broker accepted the connection. */
  accepted(): void;
  /** The broker said that it does not speak the version. Returns another to try at once, if there is one. */
  unsupported(): Protocol | undefined;
  /**
   * The broker closed the connection at CONNECT without a word: old brokers do so with a version they do not
   * know, any broker may do so while it starts. Returns another version to try at once, if it is time for it.
   */
  closedSilently(): Protocol | undefined;
}

/**
 * MQTT 5 first, MQTT 3.1.1 with a broker that does not speak it. What worked is remembered as long as the
 * agent runs, but the first attempt after three days is made with MQTT 5 again.
 *
 * @param version the one version to speak, or 'auto'
 * @param monotonic milliseconds from an arbitrary start
 */
export function createProtocolChoice(version: 'auto' | Protocol, monotonic: () => number): ProtocolChoice {
  if (version !== 'auto') {
    return {
      next: () => version,
      accepted() {},
      unsupported: () => undefined,
      closedSilently: () => undefined,
    };
  }
  let current: Protocol = 5;
  let changedAt = 0;
  let changedNow = false;
  let silentCloses = 0;
  const change = (): Protocol | undefined => {
    silentCloses = 0;
    // One attempt never goes round.
    if (changedNow) return undefined;
    changedNow = true;
    changedAt = monotonic();
    current = current === 5 ? 4 : 5;
    return current;
  };
  return {
    next() {
      changedNow = false;
      if (current === 4 && monotonic() - changedAt >= SECOND_LOOK_MILLISECONDS) current = 5;
      return current;
    },
    accepted() {
      silentCloses = 0;
    },
    unsupported: change,
    closedSilently() {
      silentCloses += 1;
      return silentCloses < SILENT_CLOSES ? undefined : change();
    },
  };
}
