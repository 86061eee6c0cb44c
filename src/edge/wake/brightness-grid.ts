import { type Raster, RGB } from '@oneface/common/images/raster';
import { DARK_LEVELS, GRID_COLUMNS, GRID_ROWS, LARGEST_GAIN } from './limits.js';

/** ITU-R BT.601 luma of red, green and blue. */
const [RED, GREEN, BLUE] = [0.299, 0.587, 0.114];

/** Mean brightness (0-255) of each cell of a picture, row by row: `GRID_ROWS` x `GRID_COLUMNS`. */
export function brightnessGrid({ width, height, data }: Raster): Float32Array {
  const grid = new Float32Array(GRID_ROWS * GRID_COLUMNS);
  for (let row = 0; row < GRID_ROWS; row++) {
    const [top, bottom] = span(row, GRID_ROWS, height);
    for (let column = 0; column < GRID_COLUMNS; column++) {
      const [left, right] = span(column, GRID_COLUMNS, width);
      let sum = 0;
      for (let y = top; y < bottom; y++) {
        for (let at = (y * width + left) * RGB; at < (y * width + right) * RGB; at += RGB) {
          sum += RED * data[at] + GREEN * data[at + 1] + BLUE * data[at + 2];
        }
      }
      grid[row * GRID_COLUMNS + column] = sum / ((bottom - top) * (right - left));
    }
  }
  return grid;
}

/**
 * Mean absolute difference of two grids in grey levels, after each row of the reference was scaled to the
 * row it is compared with.
 */
export function meanChange(grid: Float32Array, reference: Float32Array): number {
  let sum = 0;
  for (let row = 0; row < GRID_ROWS; row++) {
    const start = row * GRID_COLUMNS;
    const end = start + GRID_COLUMNS;
    const gain = rowGain(grid.subarray(start, end), reference.subarray(start, end));
    for (let cell = start; cell < end; cell++) {
      sum += Math.abs(grid[cell] + DARK_LEVELS - gain * (reference[cell] + DARK_LEVELS));
    }
  }
  return sum / grid.length;
}

/** The median of the ratios: most cells of a row show what they showed before, even when a person walks by. */
function rowGain(row: Float32Array, reference: Float32Array): number {
  const ratios = row.map((value, cell) => (value + DARK_LEVELS) / (reference[cell] + DARK_LEVELS)).sort();
  return Math.min(LARGEST_GAIN, Math.max(1 / LARGEST_GAIN, ratios[ratios.length >> 1]));
}

/** The pixels of a cell; at least one, even in a picture smaller than the grid. */
function span(index: number, cells: number, side: number): [number, number] {
  const start = Math.floor((index * side) / cells);
  return [start, Math.max(start + 1, Math.floor(((index + 1) * side) / cells))];
}
