import type { Sleep } from '../clock/sleep.js';
import type { WatchdogHealth } from '../health/health-sources.js';
import type { Logger } from '../logging/logger.js';
import type { Liveness } from './liveness.js';
import type { ServiceManager } from './service-manager.js';

/** Pings per interval of the watchdog: one may be late or lost. */
const PINGS_PER_INTERVAL = 3;

export interface WatchdogParts {
  readonly manager: Pick<ServiceManager, 'watchdog' | 'ping'>;
  readonly liveness: Pick<Liveness, 'overdue'>;
  readonly sleep: Sleep;
  readonly log: Logger;
}

/** Tells the service manager that the agent is alive, as long as it is. */
export interface Watchdog {
  readonly health: WatchdogHealth;
  /**
   * Pings until the signal is aborted. While something is overdue there is no ping, so the service manager
   * ends and restarts the agent; a blocked event loop cannot ping in any case.
   */
  run(signal: AbortSignal): Promise<void>;
}

export function createWatchdog({ manager, liveness, sleep, log }: WatchdogParts): Watchdog {
  const { watchdog: interval } = manager;
  let withheld = 0;
  return {
    get health() {
      return { enabled: interval !== undefined, withheld };
    },
    async run(signal) {
      if (interval === undefined) return;
      while (!signal.aborted) {
        const overdue = liveness.overdue();
        if (overdue === undefined) await manager.ping();
        else {
          const { what, running, limit } = overdue;
          withheld += 1;
          log.error('the agent is stuck: it does not say that it is alive', {
            what,
            milliseconds: Math.round(running),
            limit,
          });
        }
        await sleep(interval / PINGS_PER_INTERVAL, signal);
      }
    },
  };
}
