import { median, type Point, theilSen } from '@oneface/common/metrics/statistics';
import type { Sample } from './sample.js';

/** Caches and compiled code fill up in the first minutes of a life; they say nothing about growth. */
const WARM_UP_SECONDS = 120;
/** A shorter stretch says more about garbage collection than about growth. */
const SHORTEST_SECONDS = 1200;
/** Either of them passed is growth: a slope does not see a step, a rise not a slow leak in a long life. */
const MOST_MIB_PER_HOUR = 8;
const MOST_RISE_MIB = 8;
/**
 * From this length on one life of the agent is long enough to tell: the schedule spares it from 45 % of a soak
 * to 12 minutes before its end.
 */
export const TELLING_MINUTES = 65;
/** Most that the agent may take, in MiB, by Node's major version: newer ones are larger themselves. */
const MOST_RESIDENT_MIB: Readonly<Record<number, number>> = { 20: 130, 22: 145, 24: 150 };
const SECONDS_PER_HOUR = 3600;
/** Points for the slope, whose cost grows with their square. */
const MOST_POINTS = 720;

/** Resident memory over one life of the agent, after its warm-up. */
export interface LifeMemory {
  readonly life: number;
  readonly seconds: number;
  readonly mostMib: number;
  /** Theil-Sen. */
  readonly mibPerHour: number;
  /** Medians of the first and the last quarter. */
  readonly firstQuarterMib: number;
  readonly lastQuarterMib: number;
  /** Whether it is long enough to tell growth. */
  readonly telling: boolean;
  readonly grew: boolean;
}

/** How resident memory went in each life of the agent that outlived its warm-up. */
export function memoryByLife(samples: readonly Sample[]): LifeMemory[] {
  const lives = new Map<number, Point[]>();
  for (const { life, seconds, residentMib } of samples) {
    if (residentMib === undefined) continue;
    const points = lives.get(life) ?? [];
    lives.set(life, points);
    points.push({ x: seconds, y: residentMib });
  }
  return [...lives].flatMap(([life, points]) => {
    const warm = points.filter(({ x }) => x - points[0].x >= WARM_UP_SECONDS);
    const every = Math.ceil(warm.length / MOST_POINTS);
    const slope = theilSen(warm.filter((_, index) => index % every === 0));
    const quarter = Math.ceil(warm.length / 4);
    const first = median(warm.slice(0, quarter).map(({ y }) => y));
    const last = median(warm.slice(-quarter).map(({ y }) => y));
    if (slope === undefined || first === undefined || last === undefined) return [];
    const seconds = warm[warm.length - 1].x - warm[0].x;
    const telling = seconds >= SHORTEST_SECONDS;
    const mibPerHour = slope * SECONDS_PER_HOUR;
    return [
      {
        life,
        seconds,
        mostMib: Math.max(...points.map(({ y }) => y)),
        mibPerHour,
        firstQuarterMib: first,
        lastQuarterMib: last,
        telling,
        grew: telling && (mibPerHour > MOST_MIB_PER_HOUR || last - first > MOST_RISE_MIB),
      },
    ];
  });
}

/** @throws RangeError for a Node that the project does not run on */
export function mostResidentMib(nodeVersion: string): number {
  const most = MOST_RESIDENT_MIB[Number.parseInt(nodeVersion, 10)];
  if (most === undefined) throw new RangeError(`Expected 20, 22 or 24 for Node but received ${nodeVersion}`);
  return most;
}
