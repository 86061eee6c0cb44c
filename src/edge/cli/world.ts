import type { AgentWorld } from '../agent/agent-world.js';

/** What the program may use of the world around it. */
export interface CliWorld extends Omit<AgentWorld, 'stop'> {
  /** From this call on, signals to the process do not end it but abort what comes back. */
  readonly catchSignals: () => AbortSignal;
  /** Takes results. */
  readonly stdout: (text: string) => void;
  /** Takes log lines and complaints. */
  readonly stderr: (text: string) => void;
}
