import { OnefaceError } from '@oneface/common/errors/errors';
import type { DeviceHealth } from '@oneface/common/health/health';
import { topicOf } from '@oneface/common/topics/topics';
import type { Clock } from '../clock/clock.js';
import type { Sleep } from '../clock/sleep.js';
import type { Logger } from '../logging/logger.js';
import type { Outbox } from '../outbox/outbox.js';
import type { AgentFacts, HealthSources } from './health-sources.js';

/** A connection is noticed within this. */
const LOOK_MILLISECONDS = 2000;

export interface HealthReporterParts {
  readonly facts: AgentFacts;
  /** How the device is now. */
  readonly health: () => Promise<DeviceHealth>;
  readonly broker: HealthSources['broker'];
  readonly outbox: Pick<Outbox, 'add'>;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly sleep: Sleep;
  readonly log: Pick<Logger, 'error'>;
  readonly everySeconds: number;
}

/** Sends health messages. */
export interface HealthReporter {
  /**
   * Sends one now. Resolves when the outbox has it.
   *
   * @throws OnefaceError when it cannot be made or kept
   */
  report(): Promise<void>;
  /**
   * Sends one at the start of each connection and every so many seconds, until the signal is aborted. While
   * the broker is away none is made: only the newest is worth anything, and a hundred old ones would wear the
   * disk and push out what matters.
   */
  run(signal: AbortSignal): Promise<void>;
}

export function createHealthReporter(parts: HealthReporterParts): HealthReporter {
  const { facts, health, broker, outbox, clock, sleep, log, everySeconds } = parts;
  const topic = topicOf(
    { device: facts.device, ...(facts.site !== undefined && { site: facts.site }) },
    'health',
  );
  const report = async () => {
    await outbox.add('health', { topic, payload: JSON.stringify(await health()), retain: true });
  };
  return {
    report,
    async run(signal) {
      let session: number | undefined;
      let due = 0;
      while (!signal.aborted) {
        const now = broker();
        if (now.connected && (now.session !== session || clock.monotonic() >= due)) {
          session = now.session;
          due = clock.monotonic() + everySeconds * 1000;
          try {
            await report();
          } catch (error) {
            // The door matters more than what is told of it.
            if (!(error instanceof OnefaceError)) throw error;
            log.error('health message left out', { error });
          }
        }
        await sleep(LOOK_MILLISECONDS, signal);
      }
    },
  };
}
