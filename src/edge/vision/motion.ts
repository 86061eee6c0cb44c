import { type Raster, RGB } from '@oneface/common/images/raster';
import { LEAST_CHANGE, MOTION_CELLS, SAMPLES_PER_CELL } from './limits.js';

/** A rectangle in shares of the frame's sides. */
export interface FrameArea {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Knows when each place of the frame last changed. */
export interface MotionMap {
  /** Compares the next frame with what each place looked like when it last changed. */
  observe(frame: Raster): void;
  /** Share of the area that has changed since the given frame, 0-1. Frames count from 1. */
  changedSince(area: FrameArea, frame: number): number;
}

/**
 * Makes one. It goes by the mean green of a coarse grid of cells, from a few samples each: the cost does not
 * grow with the frame, and camera noise averages out.
 */
export function createMotionMap(): MotionMap {
  const cells = MOTION_CELLS * MOTION_CELLS;
  const references = new Float64Array(cells);
  const changedAt = new Int32Array(cells);
  let now = 0;
  return {
    observe(frame) {
      now += 1;
      for (let row = 0, cell = 0; row < MOTION_CELLS; row++) {
        for (let column = 0; column < MOTION_CELLS; column++, cell++) {
          const value = meanGreen(frame, column, row);
          if (now > 1 && Math.abs(value - references[cell]) < LEAST_CHANGE) continue;
          references[cell] = value;
          changedAt[cell] = now;
        }
      }
    },
    changedSince({ left, top, right, bottom }, frame) {
      const [firstColumn, lastColumn] = cellRange(left, right);
      const [firstRow, lastRow] = cellRange(top, bottom);
      let changed = 0;
      for (let row = firstRow; row <= lastRow; row++) {
        for (let column = firstColumn; column <= lastColumn; column++) {
          if (changedAt[row * MOTION_CELLS + column] > frame) changed += 1;
        }
      }
      return changed / ((lastColumn - firstColumn + 1) * (lastRow - firstRow + 1));
    },
  };
}

/** Evenly spread samples of one cell. */
function meanGreen({ width, height, data }: Raster, column: number, row: number): number {
  const samples = MOTION_CELLS * SAMPLES_PER_CELL;
  let sum = 0;
  for (let j = 0; j < SAMPLES_PER_CELL; j++) {
    const y = Math.floor(((row * SAMPLES_PER_CELL + j + 0.5) * height) / samples);
    for (let i = 0; i < SAMPLES_PER_CELL; i++) {
      const x = Math.floor(((column * SAMPLES_PER_CELL + i + 0.5) * width) / samples);
      sum += data[(y * width + x) * RGB + 1];
    }
  }
  return sum / SAMPLES_PER_CELL ** 2;
}

/** First and last cell that a span, in shares of the frame's side, touches. */
function cellRange(from: number, to: number): [first: number, last: number] {
  const first = Math.min(MOTION_CELLS - 1, Math.max(0, Math.floor(from * MOTION_CELLS)));
  const last = Math.min(MOTION_CELLS - 1, Math.max(first, Math.ceil(to * MOTION_CELLS) - 1));
  return [first, last];
}
