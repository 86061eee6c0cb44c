import { median, type Point, theilSen } from '@oneface/common/metrics/statistics';

const MIB = 2 ** 20;
const PER = 1000;
/** Frames from one reading to the next. */
const EVERY = 50;
/** Compiled code and caches fill up in the first part of a run; it says nothing about growth. */
const WARM_UP_SHARE = 0.2;

/** Resident memory of the process over a bench, in MiB. */
export interface MemoryFigures {
  /** With everything loaded, before the first frame. */
  readonly start: number;
  readonly peak: number;
  readonly end: number;
  /** Medians of each thousand frames. */
  readonly perThousand: readonly number[];
  /** Theil-Sen slope after the first fifth of the frames; undefined when there are too few to tell. */
  readonly mibPerThousandFrames: number | undefined;
}

/** Reads resident memory now and then. */
export class MemoryTrack {
  readonly #read: () => number;
  readonly #start: number;
  readonly #points: Point[] = [];

  /** @param read gives the resident memory in bytes */
  constructor(read: () => number) {
    this.#read = read;
    this.#start = read() / MIB;
  }

  /** @param frames done so far */
  note(frames: number): void {
    if (frames % EVERY === 0) this.#points.push({ x: frames, y: this.#read() / MIB });
  }

  /**
   * @param frames done in all
   * @param peakBytes the most that the process ever had
   */
  figures(frames: number, peakBytes: number): MemoryFigures {
    // Before the arithmetic, which takes memory of its own.
    const end = this.#read() / MIB;
    const thousands = Math.floor(frames / PER);
    const warm = this.#points.filter(({ x }) => x > frames * WARM_UP_SHARE);
    const slope = thousands < 1 ? undefined : theilSen(warm);
    return {
      start: this.#start,
      peak: peakBytes / MIB,
      end,
      perThousand: Array.from({ length: thousands }, (_, index) =>
        median(this.#points.filter(({ x }) => Math.ceil(x / PER) === index + 1).map(({ y }) => y)),
      ).filter((value) => value !== undefined),
      mibPerThousandFrames: slope && slope * PER,
    };
  }
}
