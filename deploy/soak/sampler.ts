import { createWriteStream, type WriteStream } from 'node:fs';
import { quantile } from '@oneface/common/metrics/statistics';
import type { Arrival, Judge } from './judge.js';
import { processFigures } from './processes.js';
import { csvLine, SAMPLE_COLUMNS, type Sample } from './sample.js';
import { scrape } from './scrape.js';
import type { Supervisor } from './supervisor.js';

const MIB = 2 ** 20;
const PERCENT = 100;
const MILLISECONDS = 1000;

export interface SamplerParts {
  readonly judge: Judge;
  readonly supervisor: Supervisor;
  /** Where the agent serves its figures. */
  readonly metricsPort: number;
  readonly status: () => string | undefined;
  readonly faults: () => readonly string[];
  /** Seconds since the start of the soak. */
  readonly seconds: () => number;
  /** The CSV file. */
  readonly file: string;
}

/** Takes samples and writes each to the CSV file at once. */
export class Sampler {
  readonly samples: Sample[] = [];
  /** What the outbox dropped as it says itself, by life of the agent. */
  readonly #dropped = new Map<number, number>();
  readonly #parts: SamplerParts;
  readonly #file: WriteStream;
  #latencies: number[] = [];
  #before: { pid: number; seconds: number; processorSeconds: number } | undefined;

  constructor(parts: SamplerParts) {
    this.#parts = parts;
    this.#file = createWriteStream(parts.file);
    this.#file.write(`${SAMPLE_COLUMNS.join(',')}\n`);
  }

  /** Messages that the agent's outbox dropped, over all its lives. */
  get dropped(): number {
    return [...this.#dropped.values()].reduce((sum, each) => sum + each, 0);
  }

  /** Notes an event that arrived. */
  note({ latency }: Arrival): void {
    this.#latencies.push(latency / MILLISECONDS);
  }

  async take(): Promise<Sample> {
    const { judge, supervisor, metricsPort, status, faults, seconds } = this.#parts;
    const { pid } = supervisor;
    const said = await scrape(metricsPort);
    const now = seconds();
    const life = supervisor.lives.length;
    const figures = pid === undefined ? undefined : processFigures(pid);
    const last = this.samples.at(-1);
    const latencies = this.#latencies;
    this.#latencies = [];
    if (said !== undefined) this.#dropped.set(life, said.dropped);
    const sample: Sample = {
      seconds: now,
      life,
      residentMib: figures && figures.residentBytes / MIB,
      processorPercent: pid === undefined ? undefined : this.#processor(pid, now, figures?.processorSeconds),
      queueMessages: said?.queueMessages,
      queueBytes: said?.queueBytes,
      connected: said?.connected,
      status: status(),
      camera: said?.camera,
      events: judge.events,
      repeats: judge.repeats,
      eventsPerSecond: (judge.events - (last?.events ?? 0)) / Math.max(0.001, now - (last?.seconds ?? 0)),
      latencyP50: quantile(latencies, 0.5),
      latencyP95: quantile(latencies, 0.95),
      faults: faults(),
    };
    this.samples.push(sample);
    this.#file.write(`${csvLine(sample)}\n`);
    return sample;
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => this.#file.end(resolve));
  }

  /** Processor time since the sample before, if that was of the same process. */
  #processor(pid: number, seconds: number, processorSeconds: number | undefined): number | undefined {
    const before = this.#before;
    this.#before = processorSeconds === undefined ? undefined : { pid, seconds, processorSeconds };
    if (before?.pid !== pid || processorSeconds === undefined || seconds <= before.seconds) return undefined;
    return (PERCENT * (processorSeconds - before.processorSeconds)) / (seconds - before.seconds);
  }
}
