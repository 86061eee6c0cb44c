import { type Raster, RGB } from '@oneface/common/images/raster';

/** Cells of the brightness grid, and the samples of each along a side: enough for a judgement of the whole. */
const COLUMNS = 32;
const ROWS = 24;
const SAMPLES = 4;

/** ITU-R BT.601 luma in 256ths: whole numbers, so that equal pictures have equal sums. */
const [RED, GREEN, BLUE] = [77, 150, 29];
const SCALE = 256 * SAMPLES * SAMPLES;

/** A cell of at least this mean has lost its detail to the sensor's limit. */
const WHITE = 250;

/** How bright a picture is; all but `sums` in grey levels (0-255) of cell means. */
export interface Luminance {
  /** Sums of the cells; equal for equal pictures. */
  readonly sums: Uint32Array;
  /** 95 in 100 cells are darker. */
  readonly high: number;
  /** 99 in 100 neighbouring cells differ by less: an edge through the whole picture is just seen. */
  readonly detail: number;
  /** Share of cells that are white. */
  readonly white: number;
}

/** Measures a picture's brightness on a sparse grid, in a fraction of a millisecond. */
export function measureLuminance(picture: Raster): Luminance {
  const sums = cellSums(picture);
  return {
    sums,
    high: quantile(sums, 0.95) / SCALE,
    detail: quantile(neighbourDifferences(sums), 0.99) / SCALE,
    white: sums.filter((sum) => sum >= WHITE * SCALE).length / sums.length,
  };
}

/** Whether two pictures have the same brightness everywhere, which two shots of a live camera never have. */
export function sameLuminance(one: Luminance, other: Luminance): boolean {
  return one.sums.every((sum, cell) => sum === other.sums[cell]);
}

function cellSums({ width, height, data }: Raster): Uint32Array {
  const sums = new Uint32Array(ROWS * COLUMNS);
  for (let row = 0; row < ROWS * SAMPLES; row++) {
    const line = Math.floor(((row + 0.5) * height) / (ROWS * SAMPLES)) * width;
    const cells = Math.floor(row / SAMPLES) * COLUMNS;
    for (let column = 0; column < COLUMNS * SAMPLES; column++) {
      const at = (line + Math.floor(((column + 0.5) * width) / (COLUMNS * SAMPLES))) * RGB;
      sums[cells + Math.floor(column / SAMPLES)] +=
        RED * data[at] + GREEN * data[at + 1] + BLUE * data[at + 2];
    }
  }
  return sums;
}

function neighbourDifferences(sums: Uint32Array): Uint32Array {
  const differences = new Uint32Array(ROWS * (COLUMNS - 1) + (ROWS - 1) * COLUMNS);
  let at = 0;
  for (let cell = 0; cell < sums.length; cell++) {
    if ((cell + 1) % COLUMNS !== 0) differences[at++] = Math.abs(sums[cell + 1] - sums[cell]);
    if (cell + COLUMNS < sums.length) differences[at++] = Math.abs(sums[cell + COLUMNS] - sums[cell]);
  }
  return differences;
}

function quantile(values: Uint32Array, share: number): number {
  return values.toSorted()[Math.floor(values.length * share)];
}
