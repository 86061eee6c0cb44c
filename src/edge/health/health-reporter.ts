import { OnefaceError } from '@oneface/common/errors/errors';
import type { DeviceHealth } from '@oneface/common/health/health';
import { topicOf } from '@oneface/common/topics/topics';
import type { Sleep } from '../clock/sleep.js';
import type { Logger } from '../logging/logger.js';
import type { Outbox } from '../outbox/outbox.js';
import type { AgentFacts, HealthSources } from './health-sources.js';

export interface HealthReporterParts {
  readonly facts: AgentFacts;
  /** How the device is now. */
  readonly health: () => Promise<DeviceHealth>;
  readonly broker: HealthSources['broker'];
  readonly outbox: Pick<Outbox, 'add'>;
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
   * Sends one every so many seconds, until the signal is aborted. While the broker is away none is made: only
   * the newest is worth anything, and a hundred old ones would wear the disk and push out what matters.
   */
  run(signal: AbortSignal): Promise<void>;
}

export function createHealthReporter(parts: HealthReporterParts): HealthReporter {
  const { facts, health, broker, outbox, sleep, log, everySeconds } = parts;
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
      while (!signal.aborted) {
        try {
          if (broker().connected) await report();
        } catch (error) {
          // The door matters more than what is told of it.
          if (!(error instanceof OnefaceError)) throw error;
          log.error('health message left out', { error });
        }
        await sleep(everySeconds * 1000, signal);
      }
    },
  };
}
