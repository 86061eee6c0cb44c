import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FaultInjector } from './faults.js';
import { pause } from './pause.js';
import { writePlot } from './plot.js';
import { progressLine } from './progress.js';
import { seededRandom } from './random.js';
import { reportOf, type SoakReport } from './report.js';
import { Sampler } from './sampler.js';
import { drawSchedule, LONG_MINUTES } from './schedule.js';
import { type Stage, setStage } from './stage.js';
import { Stopwatch } from './stopwatch.js';

const PER_SECOND = 10;
/** How soon the agent notices a dead line and a dead camera: as it comes, and quicker in a short soak. */
const LONG_PATIENCE = { keepaliveSeconds: 30, stallSeconds: 20 };
const SHORT_PATIENCE = { keepaliveSeconds: 5, stallSeconds: 4 };
/** What may still wait at the end: the agent's longest pause and some more; a short soak has short pauses. */
const DRAIN_MILLISECONDS = { long: 720_000, short: 60_000 };

const SAMPLE_MILLISECONDS = 5000;
/** Samples from one line of progress, and one report of how it stands, to the next. */
const SAMPLES_PER_LINE = 6;
const SAMPLES_PER_REPORT = 12;
const POLL_MILLISECONDS = 250;
/** Messages that wait with an agent that makes ten a second and is connected. */
const MOST_WAITING = 20;
const PROOF_EVENTS = 30;
const PROOF_MILLISECONDS = 60_000;
/** When nothing new came for this long, nothing will. */
const SILENCE_MILLISECONDS = 3000;

export interface SoakOptions {
  readonly minutes: number;
  readonly seed: number;
  /** Absolute. */
  readonly out: string;
  /** Takes a line for people. */
  readonly say: (text: string) => void;
}

/**
 * Runs a soak to its end and writes `report.json`, `samples.csv`, `soak.svg` and `soak.png`. While it runs,
 * the report says how it stands.
 *
 * @param signal ends it early; the report then says so
 * @throws UnavailableError when a program that it needs cannot be run
 */
export async function runSoak(options: SoakOptions, signal: AbortSignal): Promise<SoakReport> {
  const stopwatch = new Stopwatch();
  let sampler: Sampler | undefined;
  const stage = await setStage({
    out: options.out,
    perSecond: PER_SECOND,
    ...(options.minutes >= LONG_MINUTES ? LONG_PATIENCE : SHORT_PATIENCE),
    seconds: () => stopwatch.seconds,
    onArrival: (arrival) => sampler?.note(arrival),
    say: options.say,
  });
  const soak = new Soak(options, stage, stopwatch);
  sampler = soak.sampler;
  try {
    return await soak.run(signal);
  } finally {
    await stage.close();
  }
}

class Soak {
  readonly sampler: Sampler;
  readonly #options: SoakOptions;
  readonly #stage: Stage;
  readonly #stopwatch: Stopwatch;
  readonly #injector: FaultInjector;

  constructor(options: SoakOptions, stage: Stage, stopwatch: Stopwatch) {
    this.#options = options;
    this.#stage = stage;
    this.#stopwatch = stopwatch;
    const seconds = () => stopwatch.seconds;
    this.#injector = new FaultInjector(stage, seconds, (text) => this.#say(text));
    this.sampler = new Sampler({
      judge: stage.judge,
      supervisor: stage.supervisor,
      metricsPort: stage.metricsPort,
      status: stage.subscriber.state,
      faults: () => this.#injector.active(stopwatch.seconds - SAMPLE_MILLISECONDS / 1000),
      seconds,
      file: this.#file('samples.csv'),
    });
  }

  async run(signal: AbortSignal): Promise<SoakReport> {
    const { minutes, seed } = this.#options;
    const schedule = drawSchedule(minutes, seededRandom(seed));
    await this.#writeJson('schedule.json', { minutes, seed, ...schedule });
    this.#stopwatch.start();
    this.#stage.supervisor.start();
    const over = new AbortController();
    const ending = AbortSignal.any([signal, over.signal]);
    const end = () => over.abort();
    const parts = [this.#takeSamples(ending), this.#scenes(schedule, ending).finally(end)];
    try {
      await Promise.all(parts);
    } finally {
      end();
      await Promise.allSettled(parts);
      await this.sampler.close();
    }
    const report = await this.#writeReport(!signal.aborted);
    await this.#plot(report);
    return report;
  }

  /** Faults, then quiet until all has arrived, then the proof that nothing is missing at the end. */
  async #scenes({ line, device }: ReturnType<typeof drawSchedule>, signal: AbortSignal): Promise<void> {
    const { minutes } = this.#options;
    await Promise.all([this.#injector.run(line, signal), this.#injector.run(device, signal)]);
    this.#say('nothing is broken from here on');
    await this.#until(() => this.#stopwatch.seconds >= minutes * 60, Number.POSITIVE_INFINITY, signal);
    await this.#until(
      () => this.#drained(),
      DRAIN_MILLISECONDS[minutes >= LONG_MINUTES ? 'long' : 'short'],
      signal,
    );
    await this.#prove(signal);
  }

  /**
   * Stops the agent in order and runs it once more: the next number of its log shows whether any event after
   * the last one that came was ever numbered.
   */
  async #prove(signal: AbortSignal): Promise<void> {
    const { supervisor, judge } = this.#stage;
    this.#say('stopping the agent');
    await supervisor.stop();
    await this.#silence(signal);
    if (signal.aborted) return;
    const before = judge.events;
    this.#say(`${before} events; the agent runs once more`);
    supervisor.start();
    await this.#until(() => judge.events >= before + PROOF_EVENTS, PROOF_MILLISECONDS, signal);
    await supervisor.stop();
    await this.#silence(signal);
  }

  #drained(): boolean {
    const last = this.sampler.samples.at(-1);
    return last?.connected === true && (last.queueMessages ?? MOST_WAITING) < MOST_WAITING;
  }

  async #silence(signal: AbortSignal): Promise<void> {
    const { judge } = this.#stage;
    let events = -1;
    while (events !== judge.events && !signal.aborted) {
      events = judge.events;
      await pause(SILENCE_MILLISECONDS, signal);
    }
  }

  async #until(condition: () => boolean, milliseconds: number, signal: AbortSignal): Promise<void> {
    const deadline = performance.now() + milliseconds;
    while (!condition() && performance.now() < deadline && !signal.aborted) {
      await pause(POLL_MILLISECONDS, signal);
    }
  }

  async #takeSamples(signal: AbortSignal): Promise<void> {
    for (let count = 1; !signal.aborted; count++) {
      await pause(SAMPLE_MILLISECONDS, signal);
      const sample = await this.sampler.take();
      if (count % SAMPLES_PER_LINE === 0) this.#options.say(progressLine(sample, this.#options.minutes));
      if (count % SAMPLES_PER_REPORT === 0) await this.#writeReport(false);
    }
  }

  async #writeReport(finished: boolean): Promise<SoakReport> {
    const { minutes, seed } = this.#options;
    const { judge, supervisor } = this.#stage;
    const report = reportOf({
      minutes,
      seed,
      perSecond: PER_SECOND,
      startedAt: this.#stopwatch.startedAt,
      finished,
      seconds: this.#stopwatch.seconds,
      judgement: judge.judge(),
      samples: this.sampler.samples,
      faults: this.#injector.injected,
      lives: supervisor.lives,
      nodeVersion: process.versions.node,
      dropped: this.sampler.dropped,
    });
    await this.#writeJson('report.json', report);
    return report;
  }

  async #plot({ events, memory }: SoakReport): Promise<void> {
    const { minutes, seed } = this.#options;
    const most = memory.mostMib?.toFixed(0) ?? '-';
    const data = {
      title: `${minutes} minutes of the edge agent on a bad line`,
      subtitle: `${events.events} events, ${events.failures.lost} lost, ${events.repeats} repeats; at most ${most} MiB; seed ${seed}`,
      minutes: Math.max(minutes, this.#stopwatch.seconds / 60),
      samples: this.sampler.samples,
      faults: this.#injector.injected,
      perSecond: PER_SECOND,
    };
    await writePlot(data, this.#file('soak.svg'), this.#file('soak.png'));
  }

  #say(text: string): void {
    this.#options.say(`${this.#stopwatch.seconds.toFixed(0)} s: ${text}`);
  }

  #file(name: string): string {
    return join(this.#options.out, name);
  }

  #writeJson(name: string, value: unknown): Promise<void> {
    return writeFile(this.#file(name), `${JSON.stringify(value, null, 1)}\n`);
  }
}
