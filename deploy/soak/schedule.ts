import type { ProxyMode } from './proxy-mode.js';
import { type Random, shuffled } from './random.js';

/** A fault of the line between agent and broker: `seconds` is how long the proxy behaves so. */
type LineFault = Exclude<ProxyMode, { readonly kind: 'pass' }> & { readonly seconds: number };

/** What is broken, and for how long; a kill takes no time. */
export type Fault =
  | LineFault
  | { readonly kind: 'broker-stop' | 'camera-stop'; readonly seconds: number }
  | { readonly kind: 'camera-kill' | 'agent-kill'; readonly seconds: 0 };
export type FaultKind = Fault['kind'];

/** A fault and when it begins, in seconds from the start of the soak. */
export type PlannedFault = Fault & { readonly at: number };

/** The faults of a soak by what they break; two tracks run side by side. */
export interface Schedule {
  readonly line: readonly PlannedFault[];
  readonly device: readonly PlannedFault[];
  /** From here on nothing is broken: what waits has to arrive. Seconds from the start. */
  readonly quietFrom: number;
}

/** From this length on a soak has stretches long enough for the agent's pauses to start over. */
export const LONG_MINUTES = 30;
const QUIET_SHARE = 0.4;
const LONG_QUIET_SECONDS = 720;
/** The agent starts over with short pauses after five good minutes. */
const CALM_SECONDS = 390;
/** Kills of the agent end here, so that one life of it is long enough to see memory grow. */
const AGENT_KILLS_UNTIL = 0.45;

/** Ranges in seconds. */
interface Pace {
  readonly first: number;
  readonly fault: readonly [number, number];
  /** Longer than the agent takes to notice a dead line. */
  readonly silent: readonly [number, number];
  readonly gap: readonly [number, number];
  readonly deviceGap: readonly [number, number];
  readonly calm: number;
}

const LONG: Pace = {
  first: 60,
  fault: [5, 60],
  silent: [50, 90],
  gap: [20, 70],
  deviceGap: [60, 240],
  calm: CALM_SECONDS,
};
const SHORT: Pace = {
  first: 10,
  fault: [3, 7],
  silent: [9, 12],
  gap: [3, 6],
  deviceGap: [8, 16],
  calm: 0,
};

/**
 * Draws the faults of a soak. The line's faults come in rounds, each with every kind once, and a calm stretch
 * after each round of a long soak. The last fault is a kill of the agent, so the quiet part begins with short
 * pauses between its attempts to connect.
 */
export function drawSchedule(minutes: number, random: Random): Schedule {
  const seconds = minutes * 60;
  const long = minutes >= LONG_MINUTES;
  const pace = long ? LONG : SHORT;
  const quietFrom = Math.round(seconds - (long ? LONG_QUIET_SECONDS : seconds * QUIET_SHARE));
  const end: PlannedFault = { kind: 'agent-kill', seconds: 0, at: quietFrom };
  return {
    line: drawTrack(pace.first, quietFrom, pace.gap, pace.calm, random, () => lineRound(pace, random)),
    device: [
      ...drawTrack(pace.first, quietFrom, pace.deviceGap, 0, random, () => deviceRound(pace, random)).filter(
        ({ kind, at }) => kind !== 'agent-kill' || at < seconds * AGENT_KILLS_UNTIL,
      ),
      end,
    ],
    quietFrom,
  };
}

function drawTrack(
  from: number,
  until: number,
  gap: readonly [number, number],
  calm: number,
  random: Random,
  round: () => Fault[],
): PlannedFault[] {
  const planned: PlannedFault[] = [];
  let at = from;
  for (;;) {
    for (const fault of round()) {
      if (at + fault.seconds > until) return planned;
      planned.push({ ...fault, at });
      at += fault.seconds + random(gap[0], gap[1]);
    }
    at += calm;
  }
}

function lineRound({ fault, silent }: Pace, random: Random): Fault[] {
  const seconds = () => random(fault[0], fault[1]);
  return shuffled(
    [
      { kind: 'broker-stop', seconds: seconds() },
      { kind: 'refuse', seconds: seconds() },
      { kind: 'cut', seconds: Math.ceil(seconds() / 3) },
      { kind: 'blackhole', seconds: random(silent[0], silent[1]) },
      {
        kind: 'slow',
        seconds: seconds(),
        bytesPerSecond: random(4000, 30_000),
        latency: random(50, 800),
      },
      { kind: 'half-open', seconds: random(silent[0], silent[1]), left: 'client' },
      { kind: 'half-open', seconds: random(silent[0], silent[1]), left: 'server' },
    ],
    random,
  );
}

function deviceRound({ fault, silent }: Pace, random: Random): Fault[] {
  return shuffled(
    [
      { kind: 'camera-kill', seconds: 0 },
      { kind: 'camera-stop', seconds: random(fault[0], silent[1]) },
      { kind: 'agent-kill', seconds: 0 },
    ],
    random,
  );
}
