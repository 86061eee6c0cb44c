import { type Raster, RGB } from './raster.js';

/** Which pixels of a picture are averaged together. */
export interface BlockGrid {
  /** Source index of every column and row of the grid, block by block; -1 where a one-colour border lies. */
  readonly columns: Int32Array;
  readonly rows: Int32Array;
  readonly blockWidth: number;
  readonly blockHeight: number;
  /** Red, green and blue of the border. */
  readonly outside: readonly number[];
}

/**
 * Averages a picture in blocks, in integers: half of a grey level is rounded up.
 *
 * The columns inside the picture follow each other, and nearly all are: they take a loop that asks nothing.
 *
 * @returns RGB bytes of one pixel per block, row by row
 */
export function averageBlocks(source: Raster, grid: BlockGrid): Uint8Array {
  const { columns, rows, blockWidth, blockHeight } = grid;
  const area = blockWidth * blockHeight;
  if (area === 1) return copyPixels(source, grid);
  const width = columns.length / blockWidth;
  const height = rows.length / blockHeight;
  const half = area >> 1;
  const sums = new Float64Array(width * RGB);
  const averages = new Uint8Array(width * height * RGB);
  const [first, end] = unbrokenBlocks(columns, blockWidth);
  for (let y = 0; y < height; y++) {
    sums.fill(half);
    for (let j = 0; j < blockHeight; j++) {
      const row = rows[y * blockHeight + j];
      if (row < 0) {
        addAny(sums, source, grid, row, 0, width);
        continue;
      }
      addAny(sums, source, grid, row, 0, first);
      addUnbroken(sums, source, row * source.width + columns[first * blockWidth], blockWidth, first, end);
      addAny(sums, source, grid, row, end, width);
    }
    const start = y * sums.length;
    // Sums stay far below 2^53 and `area` below 2^28, so the truncated quotient is the exact integer one.
    for (let at = 0; at < sums.length; at++) averages[start + at] = sums[at] / area;
  }
  return averages;
}

/** The same for blocks of one pixel. */
function copyPixels(source: Raster, { columns, rows, outside }: BlockGrid): Uint8Array {
  const pixels = source.data;
  const stride = columns.length * RGB;
  const copied = new Uint8Array(rows.length * stride);
  const [first, end] = unbrokenBlocks(columns, 1);

  function copyAny(y: number, from: number, to: number): void {
    for (let x = from; x < to; x++) {
      const at = y * stride + x * RGB;
      const pixel = (rows[y] * source.width + columns[x]) * RGB;
      const isInside = (rows[y] | columns[x]) >= 0;
      for (let channel = 0; channel < RGB; channel++) {
        copied[at + channel] = isInside ? pixels[pixel + channel] : outside[channel];
      }
    }
  }

  for (let y = 0; y < rows.length; y++) {
    if (rows[y] < 0) {
      copyAny(y, 0, columns.length);
      continue;
    }
    copyAny(y, 0, first);
    const pixel = (rows[y] * source.width + columns[first]) * RGB;
    copied.set(pixels.subarray(pixel, pixel + (end - first) * RGB), y * stride + first * RGB);
    copyAny(y, end, columns.length);
  }
  return copied;
}

/** First and one past the last block of the longest run whose columns follow each other in the source. */
function unbrokenBlocks(columns: Int32Array, blockWidth: number): [first: number, end: number] {
  const blocks = columns.length / blockWidth;
  let first = 0;
  let end = 0;
  for (let block = 0; block < blocks; ) {
    const run = Math.floor(unbrokenColumns(columns, block * blockWidth) / blockWidth);
    if (run > end - first) [first, end] = [block, block + run];
    block += Math.max(1, run);
  }
  return [first, end];
}

/** How many columns from `start` on lie inside the source and follow each other. */
function unbrokenColumns(columns: Int32Array, start: number): number {
  if (columns[start] < 0) return 0;
  let count = 1;
  while (start + count < columns.length && columns[start + count] === columns[start] + count) count++;
  return count;
}

/** Adds a row of the source to the blocks `first` to `end`, whose columns follow each other from `pixel` on. */
function addUnbroken(
  sums: Float64Array,
  source: Raster,
  pixel: number,
  blockWidth: number,
  first: number,
  end: number,
): void {
  const pixels = source.data;
  let from = pixel * RGB;
  for (let at = first * RGB; at < end * RGB; at += RGB) {
    let red = 0;
    let green = 0;
    let blue = 0;
    for (const next = from + blockWidth * RGB; from < next; from += RGB) {
      red += pixels[from];
      green += pixels[from + 1];
      blue += pixels[from + 2];
    }
    sums[at] += red;
    sums[at + 1] += green;
    sums[at + 2] += blue;
  }
}

/** The same for any columns: mirrored ones, and those where a one-colour border lies. */
function addAny(
  sums: Float64Array,
  source: Raster,
  { columns, blockWidth, outside }: BlockGrid,
  row: number,
  first: number,
  end: number,
): void {
  for (let block = first; block < end; block++) {
    for (let i = block * blockWidth; i < (block + 1) * blockWidth; i++) {
      const pixel = (row * source.width + columns[i]) * RGB;
      const isInside = (row | columns[i]) >= 0;
      for (let channel = 0; channel < RGB; channel++) {
        sums[block * RGB + channel] += isInside ? source.data[pixel + channel] : outside[channel];
      }
    }
  }
}
