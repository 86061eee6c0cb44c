import { STAGES } from '@oneface/common/health/health';
import { type Registry, Summary } from 'prom-client';
import type { StageLatency } from './stage-latency.js';

const SECONDS = 1000;

/** The latency of the stages as a Prometheus summary in seconds, read from our own windows. */
export class StageSummary extends Summary<'stage'> {
  readonly #latency: StageLatency;
  readonly #name: string;
  readonly #help: string;

  constructor(name: string, help: string, registry: Registry, latency: StageLatency) {
    super({ name, help, labelNames: ['stage'], registers: [registry] });
    this.#latency = latency;
    this.#name = name;
    this.#help = help;
  }

  override async get() {
    const head = await super.get();
    const values = STAGES.flatMap((stage) => {
      const window = this.#latency[stage];
      const quantiles = window.quantiles();
      // Prometheus reads NaN as "no sample in the window".
      const { p50, p95, p99 } = quantiles ?? { p50: Number.NaN, p95: Number.NaN, p99: Number.NaN };
      return [
        { labels: { stage, quantile: 0.5 }, value: p50 / SECONDS },
        { labels: { stage, quantile: 0.95 }, value: p95 / SECONDS },
        { labels: { stage, quantile: 0.99 }, value: p99 / SECONDS },
        { metricName: `${this.#name}_sum`, labels: { stage }, value: window.sum / SECONDS },
        { metricName: `${this.#name}_count`, labels: { stage }, value: window.count },
      ];
    });
    return { ...head, name: this.#name, help: this.#help, values };
  }
}
