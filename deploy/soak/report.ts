import { median, quantile } from '@oneface/common/metrics/statistics';
import type { InjectedFault } from './faults.js';
import type { Judgement } from './judge.js';
import { memoryByLife, mostResidentMib, TELLING_MINUTES } from './memory.js';
import type { Sample } from './sample.js';
import type { Life } from './supervisor.js';

/** Share of the camera's frames that have to become events while nothing is broken. */
const KEPT_UP = 0.9;

/** What a soak was and what came of it. */
export interface SoakFacts {
  readonly minutes: number;
  readonly seed: number;
  readonly perSecond: number;
  readonly startedAt: string;
  /** False while it goes on: what is written then shows where it stood. */
  readonly finished: boolean;
  readonly seconds: number;
  readonly judgement: Judgement;
  readonly samples: readonly Sample[];
  readonly faults: readonly InjectedFault[];
  readonly lives: readonly Life[];
  /** Of Node, which runs the agent. */
  readonly nodeVersion: string;
  /** Messages that the agent's outbox dropped, as it says. */
  readonly dropped: number;
}

/** One thing that has to hold. */
export interface Check {
  readonly name: string;
  readonly holds: boolean;
  readonly detail: string;
}

/** Makes the report, checks first. */
export function reportOf(facts: SoakFacts) {
  const { minutes, seed, perSecond, startedAt, finished, seconds, judgement, samples, faults, lives } = facts;
  const { examples, ...counts } = judgement;
  return {
    checks: checksOf(facts),
    finished,
    minutes,
    seconds: Math.round(seconds),
    seed,
    perSecond,
    startedAt,
    events: counts,
    examples,
    quiet: quietFigures(samples),
    memory: {
      mostMib: most(samples.map(({ residentMib }) => residentMib)),
      medianMib: median(known(samples.map(({ residentMib }) => residentMib))),
      lives: memoryByLife(samples),
    },
    longestQueue: most(samples.map(({ queueMessages }) => queueMessages)),
    droppedByOutbox: facts.dropped,
    faults: Object.fromEntries(
      [...new Set(faults.map(({ kind }) => kind))].sort().map((kind) => {
        const hit = faults.filter((fault) => fault.kind === kind && fault.hit);
        return [kind, hit.length];
      }),
    ),
    injected: faults,
    lives,
  };
}
export type SoakReport = ReturnType<typeof reportOf>;

/** What has to hold at the end of a soak. */
export function checksOf(facts: SoakFacts): Check[] {
  const { judgement, samples, lives, dropped, perSecond } = facts;
  const { failures, logs } = judgement;
  const check = (name: string, holds: boolean, detail: string): Check => ({ name, holds, detail });
  const none = (name: string, count: number) => check(name, count === 0, String(count));
  const memory = memoryByLife(samples);
  const allowedMib = mostResidentMib(facts.nodeVersion);
  const mostMib = most(samples.map(({ residentMib }) => residentMib));
  const failed = lives.filter(({ end }) => end === 'failed');
  const last = lives.at(-1);
  return [
    check('events arrived', judgement.events > 0, String(judgement.events)),
    check('faces among them', judgement.faces > 0, String(judgement.faces)),
    none('events lost', failures.lost),
    none('events with two contents', failures.conflicting),
    none('events out of order', failures.reordered),
    none('events of older frames', failures.backward),
    none('payloads that are no event', failures.invalid),
    none('late events not marked historical', failures.unmarked),
    none('messages dropped by the outbox', dropped),
    check('one event log, kept on disk', logs.length === 1 && logs[0].kept, JSON.stringify(logs)),
    check(
      'the agent ended only when told',
      failed.length === 0,
      failed.map(({ status, to }) => `${status} at ${to?.toFixed(0)} s`).join(', ') || 'yes',
    ),
    check('the agent stopped in order at the end', last?.end === 'stopped', last?.status ?? 'still runs'),
    check(
      'the agent kept up with the camera',
      (quietFigures(samples).eventsPerSecond ?? 0) >= KEPT_UP * perSecond,
      `${quietFigures(samples).eventsPerSecond?.toFixed(1) ?? 'no quiet'} events a second`,
    ),
    check(
      'memory is flat',
      memory.every(({ grew }) => !grew) &&
        (facts.minutes < TELLING_MINUTES || memory.some(({ telling }) => telling)),
      memory
        .filter(({ telling }) => telling)
        .map(({ life, mibPerHour }) => `life ${life}: ${mibPerHour.toFixed(1)} MiB/h`)
        .join(', ') || 'no life of the agent was long enough to tell',
    ),
    check(
      `resident memory is below ${allowedMib} MiB`,
      mostMib !== undefined && mostMib < allowedMib,
      mostMib === undefined ? 'never read' : `${mostMib.toFixed(1)} MiB at most`,
    ),
  ];
}

/** Figures of the samples without any fault and with a connection. */
function quietFigures(samples: readonly Sample[]) {
  const quiet = samples.filter(({ faults, connected, queueMessages }) => {
    return faults.length === 0 && connected === true && (queueMessages ?? 0) < 50;
  });
  const of = (field: 'eventsPerSecond' | 'latencyP50' | 'latencyP95' | 'processorPercent') =>
    known(quiet.map((sample) => sample[field]));
  return {
    samples: quiet.length,
    eventsPerSecond: median(of('eventsPerSecond')),
    latencyP50Seconds: median(of('latencyP50')),
    latencyP95Seconds: quantile(of('latencyP95'), 0.5),
    processorPercent: median(of('processorPercent')),
  };
}

function known(values: readonly (number | undefined)[]): number[] {
  return values.filter((value) => value !== undefined);
}

function most(values: readonly (number | undefined)[]): number | undefined {
  const all = known(values);
  return all.length === 0 ? undefined : Math.max(...all);
}
