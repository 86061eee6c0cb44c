import type { Clock } from '../clock/clock.js';
import type { Sleep } from '../clock/sleep.js';

/** What the agent needs from the world around it. */
export interface AgentWorld {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly sleep: Sleep;
  /** Gives that many random bytes. */
  readonly randomBytes: (count: number) => Uint8Array;
  /** Draws from [0, 1). */
  readonly random: () => number;
  /** Aborted when the agent has to stop. */
  readonly stop: AbortSignal;
}
