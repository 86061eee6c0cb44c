import { expected } from '../errors/errors.js';
import { type Affine, scaleAndMove } from './affine.js';
import { averageBlocks } from './block-averages.js';
import { assertRaster, assertSide, type Color, LONGEST_SIDE, type Raster, RGB } from './raster.js';

/** What lies outside a picture: its mirror image (edge pixels repeated), or one colour. */
export type Border = 'reflect' | Color;

/** Fractional bits of a sampling position. */
const POSITION_BITS = 16;
const POSITION_ONE = 1 << POSITION_BITS;
/** Fractional bits of a bilinear weight: 8 + 8 + 8 bits of product stay within a 32-bit integer. */
const WEIGHT_BITS = 8;
const WEIGHT_ONE = 1 << WEIGHT_BITS;
const HALF_PRODUCT = 1 << (2 * WEIGHT_BITS - 1);
/** Blocks kept around the sampled area: one for the second bilinear tap, one for rounding. */
const PATCH_MARGIN = 2;
/** Positions in a patch, with their fractional bits, must fit a 32-bit integer. */
const LONGEST_PATCH = 2 ** (31 - POSITION_BITS) - 1;
/** Source and border pixels that one warp may touch: four times the largest picture. */
const LARGEST_AREA = 4 * LONGEST_SIDE * LONGEST_SIDE;

/** A piece of the endless bordered picture, averaged in blocks; `left` and `top` count blocks. */
interface Patch extends Raster {
  readonly left: number;
  readonly top: number;
}

/**
 * Samples a picture through an affine map: the one preprocessing in front of the segmenter.
 *
 * When the map shrinks, source pixels are first averaged in blocks whose sides are the shrink factors of the
 * two source axes, rounded; then bilinear. Pixel arithmetic is all in integers, so x64 and arm64 give the
 * same bytes.
 *
 * @param toSource matrix from output pixels to source pixels (pixel centres at i + 0.5)
 * @throws InputError when a size is out of range, or the matrix is not finite or shrinks more than
 *   `LONGEST_SIDE` times
 */
export function warpRaster(
  source: Raster,
  toSource: Affine,
  width: number,
  height: number,
  border: Border = 'reflect',
): Raster {
  assertRaster(source, 'the picture to warp');
  assertSide(width, 'the width of a warped picture');
  assertSide(height, 'the height of a warped picture');
  const [a, b, c, d, e, f] = toSource;
  const blockWidth = blockSide(a, b, toSource);
  const blockHeight = blockSide(d, e, toSource);
  const toBlocks: Affine = [
    a / blockWidth,
    b / blockWidth,
    c / blockWidth,
    d / blockHeight,
    e / blockHeight,
    f / blockHeight,
  ];
  const [left, right] = range(toBlocks[0] * width, toBlocks[1] * height, toBlocks[2]);
  const [top, bottom] = range(toBlocks[3] * width, toBlocks[4] * height, toBlocks[5]);
  const blocks = (right - left) * (bottom - top);
  if (
    Math.max(right - left, bottom - top) > LONGEST_PATCH ||
    blocks * blockWidth * blockHeight > LARGEST_AREA
  ) {
    throw expected(`a map that touches at most ${LARGEST_AREA} pixels`, 'a warp', toSource);
  }
  const columns = sourceIndices(left * blockWidth, right * blockWidth, source.width, border);
  const rows = sourceIndices(top * blockHeight, bottom * blockHeight, source.height, border);
  const outside = border === 'reflect' ? [0, 0, 0] : border;
  const data = averageBlocks(source, { columns, rows, blockWidth, blockHeight, outside });
  return sampleBilinear(
    { width: right - left, height: bottom - top, data, left, top },
    toBlocks,
    width,
    height,
  );
}

/**
 * Stretches a picture to a size; each axis shrinks or grows on its own.
 *
 * @throws InputError when a size is out of range
 */
export function resizeRaster(source: Raster, width: number, height: number): Raster {
  if (source.width === width && source.height === height) return source;
  return warpRaster(source, scaleAndMove(source.width / width, source.height / height, 0, 0), width, height);
}

function blockSide(alongX: number, alongY: number, matrix: Affine): number {
  const shrink = Math.sqrt(alongX * alongX + alongY * alongY);
  if (!(shrink <= LONGEST_SIDE)) throw expected('a finite map that shrinks sanely', 'a warp', matrix);
  return Math.max(1, Math.round(shrink));
}

/** First and one past the last block that sampling touches on one axis. */
function range(alongX: number, alongY: number, start: number): [number, number] {
  const low = start + Math.min(0, alongX) + Math.min(0, alongY);
  const high = start + Math.max(0, alongX) + Math.max(0, alongY);
  const first = Math.floor(low) - PATCH_MARGIN;
  const end = Math.ceil(high) + PATCH_MARGIN;
  if (!Number.isSafeInteger(first) || !Number.isSafeInteger(end)) {
    throw expected('a finite map', 'a warp', [low, high]);
  }
  return [first, end];
}

/** Source index for every index from `first` to `end`; -1 where a one-colour border lies. */
function sourceIndices(first: number, end: number, side: number, border: Border): Int32Array {
  const indices = new Int32Array(end - first);
  const period = 2 * side;
  for (let i = 0; i < indices.length; i++) {
    const index = first + i;
    if (index >= 0 && index < side) indices[i] = index;
    else if (border !== 'reflect') indices[i] = -1;
    else {
      const phase = ((index % period) + period) % period;
      indices[i] = phase < side ? phase : period - 1 - phase;
    }
  }
  return indices;
}

function sampleBilinear(patch: Patch, toBlocks: Affine, width: number, height: number): Raster {
  const [a, b, c, d, e, f] = toBlocks;
  const pixels = patch.data;
  const stride = patch.width * RGB;
  const stepX = Math.round(a * POSITION_ONE);
  const stepY = Math.round(d * POSITION_ONE);
  const data = new Uint8Array(width * height * RGB);
  const shift = POSITION_BITS - WEIGHT_BITS;
  const mask = WEIGHT_ONE - 1;
  let to = 0;
  for (let row = 0; row < height; row++) {
    const startX = a * 0.5 + b * (row + 0.5) + c - 0.5 - patch.left;
    const startY = d * 0.5 + e * (row + 0.5) + f - 0.5 - patch.top;
    let x = Math.round(startX * POSITION_ONE);
    let y = Math.round(startY * POSITION_ONE);
    for (let column = 0; column < width; column++) {
      const weightX = (x >> shift) & mask;
      const weightY = (y >> shift) & mask;
      const at = (y >> POSITION_BITS) * stride + (x >> POSITION_BITS) * RGB;
      const below = at + stride;
      // The four weights add up to one, so these are the sums that interpolating twice would give.
      const lowerRight = weightX * weightY;
      const lowerLeft = (weightY << WEIGHT_BITS) - lowerRight;
      const upperRight = (weightX << WEIGHT_BITS) - lowerRight;
      const upperLeft = WEIGHT_ONE * WEIGHT_ONE - lowerLeft - upperRight - lowerRight;
      const red =
        pixels[at] * upperLeft +
        pixels[at + 3] * upperRight +
        pixels[below] * lowerLeft +
        pixels[below + 3] * lowerRight;
      const green =
        pixels[at + 1] * upperLeft +
        pixels[at + 4] * upperRight +
        pixels[below + 1] * lowerLeft +
        pixels[below + 4] * lowerRight;
      const blue =
        pixels[at + 2] * upperLeft +
        pixels[at + 5] * upperRight +
        pixels[below + 2] * lowerLeft +
        pixels[below + 5] * lowerRight;
      data[to] = (red + HALF_PRODUCT) >> (2 * WEIGHT_BITS);
      data[to + 1] = (green + HALF_PRODUCT) >> (2 * WEIGHT_BITS);
      data[to + 2] = (blue + HALF_PRODUCT) >> (2 * WEIGHT_BITS);
      to += RGB;
      x += stepX;
      y += stepY;
    }
  }
  return { width, height, data };
}
