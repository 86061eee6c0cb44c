import { CAMERA_STATES, type Stage } from '@oneface/common/health/health';
import { Counter, Gauge, Registry } from 'prom-client';
import type { Clock } from '../clock/clock.js';
import { MESSAGE_KINDS } from '../outbox/outbox.js';
import type { AgentFacts, HealthSources } from './health-sources.js';
import type { Quantiles } from './sample-window.js';
import { createStageLatency, latencyQuantiles } from './stage-latency.js';
import { StageSummary } from './stage-summary.js';

export interface MetricsParts {
  readonly facts: AgentFacts;
  readonly sources: HealthSources;
  readonly clock: Clock;
}

/** The agent's figures. */
export interface Metrics {
  /** Notes how long a stage of a frame took. */
  observeStage(stage: Stage, milliseconds: number): void;
  /** Quantiles in milliseconds of the stages that ran in the last minutes. */
  latency(): Partial<Record<Stage, Quantiles>>;
  /** All figures in Prometheus' text format. */
  text(): Promise<string>;
  /** Media type of `text`. */
  readonly contentType: string;
}

type Pull<T> = () => T | Promise<T>;
type Labelled = ReadonlyArray<readonly [label: string, value: number]>;

/** Makes the agent's figures. All but the latency are read from their sources when they are asked for. */
export function createMetrics({ facts, sources, clock }: MetricsParts): Metrics {
  const registry = new Registry();
  const startedAt = clock.monotonic();
  const latency = createStageLatency(clock);
  const { gauge, counter, labelledGauge, labelledCounter } = pullers(registry);

  labelledGauge('info', 'What runs; the value is always 1.', 'version', () => [[facts.version, 1]]);
  gauge('uptime_seconds', 'Since this start of the agent.', () => (clock.monotonic() - startedAt) / 1000);
  counter('starts_total', 'Starts of the agent since its state folder was made.', () => facts.starts);

  const { frames, camera, outbox, broker, time, watchdog } = sources;
  counter('frames_captured_total', 'Frames that the source gave.', () => frames().captured);
  counter('frames_analysed_total', 'Frames that were looked at.', () => frames().analysed);
  counter('frames_dropped_total', 'Frames that a newer one replaced.', () => frames().dropped);
  counter('frames_unreadable_total', 'Frames that are no picture.', () => frames().unreadable);
  counter('frames_missed_total', 'Times the source failed to give a frame.', () => frames().missed);
  counter('faces_total', 'Faces found in frames.', () => frames().faces);
  new StageSummary('oneface_stage_seconds', 'Latency of each stage of a frame.', registry, latency);

  labelledGauge('camera_state', 'What the camera does: 1 for the state it is in.', 'state', () =>
    oneHot(CAMERA_STATES, camera().state),
  );
  labelledCounter('camera_state_changes_total', 'Times the camera came to a state.', 'state', () =>
    CAMERA_STATES.map((state) => [state, camera().counts[state] ?? 0] as const),
  );
  gauge(
    'camera_state_age_seconds',
    'How long the camera has been in its state.',
    () => (clock.monotonic() - camera().since) / 1000,
  );
  counter('camera_restarts_total', 'Times the camera program was started again.', () => camera().restarts);

  gauge('outbox_kept', 'Whether events are kept on disk.', () => Number(outbox().kept));
  gauge('outbox_messages', 'Messages that wait for the broker.', () => outbox().messages);
  gauge('outbox_bytes', 'Bytes of the messages that wait.', () => outbox().bytes);
  gauge('outbox_oldest_seconds', 'Age of the oldest message that waits.', () => outbox().oldestAge / 1000);
  labelledCounter('outbox_dropped_total', 'Messages dropped for want of room or by age.', 'kind', () =>
    MESSAGE_KINDS.map((kind) => [kind, outbox().dropped[kind]] as const),
  );

  gauge('broker_connected', 'Whether the broker is connected.', () => Number(broker().connected));
  counter('broker_sessions_total', 'Attempts to connect to the broker.', () => broker().session);
  gauge('broker_shared_id', 'Whether another client seems to use the same id.', () =>
    Number(broker().sharedId),
  );

  labelledGauge('clock_quality', 'What the wall clock is worth: 1 for what it is.', 'quality', () =>
    oneHot(['synchronised', 'unsynchronised', 'unknown'], time().quality),
  );
  counter('clock_jumps_total', 'Times the wall clock jumped.', () => time().jumps);
  gauge('watchdog_enabled', 'Whether the service manager waits for pings.', () => Number(watchdog().enabled));
  counter('watchdog_withheld_total', 'Pings not sent as the agent was stuck.', () => watchdog().withheld);
  gauge('resident_memory_bytes', 'Resident memory of the agent.', sources.residentBytes);
  gauge('temperature_celsius', 'Of the processor, where it can be read.', sources.temperature);

  return {
    observeStage: (stage, milliseconds) => latency[stage].add(milliseconds),
    latency: () => latencyQuantiles(latency),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}

function oneHot(all: readonly string[], current: string): Labelled {
  return all.map((name) => [name, Number(name === current)]);
}

/** Functions that register a metric whose value is read when it is asked for. */
function pullers(registry: Registry) {
  const registers = [registry];
  const named = (name: string, help: string) => ({ name: `oneface_${name}`, help, registers });
  return {
    gauge(name: string, help: string, pull: Pull<number | undefined>) {
      new Gauge({
        ...named(name, help),
        async collect() {
          const value = await pull();
          if (value === undefined) this.remove();
          else this.set(value);
        },
      });
    },
    counter(name: string, help: string, pull: Pull<number>) {
      new Counter({
        ...named(name, help),
        async collect() {
          const value = await pull();
          this.reset();
          this.inc(value);
        },
      });
    },
    labelledGauge(name: string, help: string, label: string, pull: Pull<Labelled>) {
      new Gauge({
        ...named(name, help),
        labelNames: [label],
        async collect() {
          for (const [key, value] of await pull()) this.set({ [label]: key }, value);
        },
      });
    },
    labelledCounter(name: string, help: string, label: string, pull: Pull<Labelled>) {
      new Counter({
        ...named(name, help),
        labelNames: [label],
        async collect() {
          const values = await pull();
          this.reset();
          for (const [key, value] of values) this.inc({ [label]: key }, value);
        },
      });
    },
  };
}
