import { quantile } from '@oneface/common/metrics/statistics';

/**
 * The stages of a frame, in order. `event`: built, checked against its schema and safe on disk. `publish`:
 * sent to the broker and acknowledged. `total`: from the frame's bytes to the acknowledgement.
 */
export const BENCH_STAGES = ['decode', 'find', 'segment', 'measure', 'event', 'publish', 'total'] as const;
export type BenchStage = (typeof BENCH_STAGES)[number];

/** Milliseconds. */
export interface StageFigures {
  readonly frames: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly most: number;
}

/** Gathers how long the stages of many frames took, in memory that does not grow meanwhile. */
export class StageTimes {
  readonly #times: Record<BenchStage, { values: Float64Array; count: number }>;

  /** @param frames how many there will be at most */
  constructor(frames: number) {
    const empty = () => ({ values: new Float64Array(frames), count: 0 });
    this.#times = Object.fromEntries(BENCH_STAGES.map((stage) => [stage, empty()])) as Record<
      BenchStage,
      ReturnType<typeof empty>
    >;
  }

  /** Notes one frame; a stage that did not run is left out. */
  add(milliseconds: Readonly<Partial<Record<BenchStage, number>>>): void {
    for (const stage of BENCH_STAGES) {
      const value = milliseconds[stage];
      if (value === undefined) continue;
      const times = this.#times[stage];
      times.values[times.count] = value;
      times.count += 1;
    }
  }

  /** Figures of the stages that ran. */
  figures(): Partial<Record<BenchStage, StageFigures>> {
    return Object.fromEntries(
      BENCH_STAGES.flatMap((stage) => {
        const { values, count } = this.#times[stage];
        const sorted = [...values.subarray(0, count)];
        const at = (share: number) => quantile(sorted, share) ?? 0;
        return count === 0
          ? []
          : [[stage, { frames: count, p50: at(0.5), p95: at(0.95), p99: at(0.99), most: at(1) }]];
      }),
    );
  }
}
