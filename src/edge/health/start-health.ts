import type { Clock } from '../clock/clock.js';
import type { Sleep } from '../clock/sleep.js';
import type { Logger } from '../logging/logger.js';
import type { Outbox } from '../outbox/outbox.js';
import { createHealthMessage } from './health-message.js';
import type { HealthOptions } from './health-options.js';
import { createHealthReporter, type HealthReporter } from './health-reporter.js';
import type { AgentFacts, HealthSources } from './health-sources.js';
import { createMetrics, type Metrics } from './metrics.js';
import { serveMetrics } from './metrics-server.js';

/** What health needs from the agent. */
export interface HealthParts {
  readonly facts: AgentFacts;
  readonly sources: HealthSources;
  readonly outbox: Pick<Outbox, 'add'>;
  readonly clock: Clock;
  readonly sleep: Sleep;
  readonly log: Logger;
}

/** The agent's figures, and both ways to tell them. */
export interface Health {
  readonly metrics: Metrics;
  readonly reporter: HealthReporter;
  /** Stops serving. */
  close(): Promise<void>;
}

/** Serves the figures on loopback, unless `port` is false, and makes the reporter for the broker. */
export async function startHealth(
  { port, everySeconds }: HealthOptions,
  { facts, sources, outbox, clock, sleep, log }: HealthParts,
): Promise<Health> {
  const metrics = createMetrics({ facts, sources, clock });
  const health = createHealthMessage({ facts, sources, metrics, clock });
  const { broker } = sources;
  const reporter = createHealthReporter({ facts, health, broker, outbox, clock, sleep, log, everySeconds });
  const server = port === false ? undefined : await serveMetrics(metrics, port, log);
  return { metrics, reporter, close: async () => server?.close() };
}
