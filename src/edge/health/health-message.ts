import { type DeviceHealth, HEALTH_SCHEMA_VERSION } from '@oneface/common/health/health';
import { validateHealth } from '@oneface/common/health/parse';
import type { Clock } from '../clock/clock.js';
import type { AgentFacts, HealthSources } from './health-sources.js';
import type { Metrics } from './metrics.js';
import type { Quantiles } from './sample-window.js';

export interface HealthMessageParts {
  readonly facts: AgentFacts;
  readonly sources: HealthSources;
  readonly metrics: Pick<Metrics, 'latency'>;
  readonly clock: Clock;
}

/**
 * Makes the function that says how the device is now. Every message is checked against the schema.
 */
export function createHealthMessage(parts: HealthMessageParts): () => Promise<DeviceHealth> {
  const { facts, sources, metrics, clock } = parts;
  const startedAt = clock.monotonic();
  return async () => {
    const temperature = await sources.temperature();
    const camera = sources.camera();
    const frames = sources.frames();
    const outbox = sources.outbox();
    const broker = sources.broker();
    const now = clock.now();
    const monotonic = clock.monotonic();
    const latency = Object.entries(metrics.latency()).map(([stage, quantiles]) => [
      stage,
      rounded(quantiles),
    ]);
    return validateHealth({
      schemaVersion: HEALTH_SCHEMA_VERSION,
      device: facts.device,
      ...(facts.site !== undefined && { site: facts.site }),
      boot: facts.boot,
      time: new Date(now).toISOString(),
      timeQuality: sources.time().quality,
      version: facts.version,
      model: facts.model,
      uptimeSeconds: Math.round((monotonic - startedAt) / 1000),
      starts: facts.starts,
      camera: {
        state: camera.state,
        // Told by today's clock: one that jumped in between would show a state from the future.
        since: new Date(now - Math.max(0, monotonic - camera.since)).toISOString(),
        counts: camera.counts,
        restarts: camera.restarts,
      },
      frames: {
        captured: frames.captured,
        analysed: frames.analysed,
        dropped: frames.dropped,
        unreadable: frames.unreadable,
        faces: frames.faces,
      },
      latency: Object.fromEntries(latency),
      outbox: {
        kept: outbox.kept,
        messages: outbox.messages,
        bytes: outbox.bytes,
        oldestSeconds: Math.round(outbox.oldestAge / 1000),
        dropped: { ...outbox.dropped },
      },
      broker: { session: broker.session, sharedId: broker.sharedId },
      memory: { residentBytes: sources.residentBytes() },
      ...(temperature !== undefined && { temperatureCelsius: temperature }),
    });
  };
}

function rounded({ p50, p95, p99 }: Quantiles): Quantiles {
  const round = (milliseconds: number) => Number(milliseconds.toFixed(3));
  return { p50: round(p50), p95: round(p95), p99: round(p99) };
}
