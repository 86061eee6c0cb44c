import { type Affine, composeAffine, IDENTITY } from '@oneface/common/images/affine';
import { PIXEL_SCALE, ZERO_PIXEL } from '@oneface/common/images/normalization';
import { type Raster, RGB } from '@oneface/common/images/raster';
import { warpRaster } from '@oneface/common/images/warp';
import { BACKGROUND_DETAIL } from '../hyperparameters.js';
import type { Random } from '../random/seeded-random.js';
import type { SoftLabelled } from '../synthesis/soft-labels.js';
import {
  type Augmentation,
  type AugmentationRanges,
  type Dye,
  drawAugmentation,
  dyePixel,
} from './augmentation.js';

/** One training batch, in row-major order. */
export interface Batch {
  /** [batch, inputSize, inputSize, 3], normalised */
  readonly pixels: Float32Array;
  /** [batch, outputSize, outputSize, classes]; each pixel sums to one, up to the rounding of the set's bytes */
  readonly probabilities: Float32Array;
}

export interface BatchSizes {
  readonly batch: number;
  readonly inputSize: number;
  readonly outputSize: number;
}

const BYTE = 255;
const BACKGROUND = 0;

/**
 * Draws a batch: random pictures of a set, each under its own augmentation.
 *
 * @param set labelled pictures to draw from
 * @param random the batch's own stream
 */
export function drawBatch(
  set: readonly SoftLabelled[],
  sizes: BatchSizes,
  ranges: AugmentationRanges,
  random: Random,
): Batch {
  const { batch, inputSize, outputSize } = sizes;
  const pick = () => set[Math.floor(random() * set.length)] as SoftLabelled;
  const classes = pick().classes;
  const pixels = new Float32Array(batch * inputSize * inputSize * RGB);
  const probabilities = new Float32Array(batch * outputSize * outputSize * classes);
  const alpha = new Float32Array(inputSize * inputSize);
  for (let i = 0; i < batch; i++) {
    const source = pick();
    const drawn = drawAugmentation(ranges, random);
    const labels = probabilities.subarray(i * outputSize * outputSize * classes);
    sampleProbabilities(source, unitMap(drawn.toSource, outputSize, source.labelSize), outputSize, labels);
    const picture = warpRaster(
      source.picture,
      unitMap(drawn.toSource, inputSize, source.picture.width),
      inputSize,
      inputSize,
      drawn.fill,
    );
    for (const dye of drawn.dyes) {
      enlargePart(labels, dye.label, classes, outputSize, inputSize, alpha);
      blend(picture, dyed(picture, dye), alpha);
    }
    if (drawn.replaceBackground) {
      enlargePart(labels, BACKGROUND, classes, outputSize, inputSize, alpha);
      blend(picture, background(pick().picture, inputSize, random), alpha);
    }
    recolor(picture, drawn, random, pixels.subarray(i * inputSize * inputSize * RGB));
  }
  return { pixels, probabilities };
}

/** The map between pixel grids that belongs to a map between unit squares. */
function unitMap(toSource: Affine, from: number, to: number): Affine {
  return composeAffine([to, 0, 0, 0, to, 0], composeAffine(toSource, [1 / from, 0, 0, 0, 1 / from, 0]));
}

/** Bilinear samples of a picture's part probabilities; what lies outside is background. */
function sampleProbabilities(source: SoftLabelled, map: Affine, size: number, into: Float32Array): void {
  const { classes, labelSize, probabilities } = source;
  const [a, b, c, d, e, f] = map;
  for (let row = 0, to = 0; row < size; row++) {
    for (let column = 0; column < size; column++, to += classes) {
      const x = a * (column + 0.5) + b * (row + 0.5) + c - 0.5;
      const y = d * (column + 0.5) + e * (row + 0.5) + f - 0.5;
      if (x < -0.5 || y < -0.5 || x > labelSize - 0.5 || y > labelSize - 0.5) {
        into.fill(0, to, to + classes);
        into[to] = 1;
        continue;
      }
      const left = Math.min(Math.max(Math.floor(x), 0), labelSize - 2);
      const top = Math.min(Math.max(Math.floor(y), 0), labelSize - 2);
      const shareX = Math.min(Math.max(x - left, 0), 1);
      const shareY = Math.min(Math.max(y - top, 0), 1);
      const from = (top * labelSize + left) * classes;
      const below = from + labelSize * classes;
      for (let label = 0; label < classes; label++) {
        const upper =
          probabilities[from + label] * (1 - shareX) + probabilities[from + classes + label] * shareX;
        const lower =
          probabilities[below + label] * (1 - shareX) + probabilities[below + classes + label] * shareX;
        into[to + label] = (upper * (1 - shareY) + lower * shareY) / BYTE;
      }
    }
  }
}

/** How much of each input pixel is one part, from the label grid. */
function enlargePart(
  labels: Float32Array,
  label: number,
  classes: number,
  outputSize: number,
  inputSize: number,
  alpha: Float32Array,
): void {
  const factor = outputSize / inputSize;
  const last = outputSize - 1;
  for (let row = 0, to = 0; row < inputSize; row++) {
    const y = Math.min(Math.max((row + 0.5) * factor - 0.5, 0), last);
    const top = Math.min(Math.floor(y), last - 1);
    for (let column = 0; column < inputSize; column++, to++) {
      const x = Math.min(Math.max((column + 0.5) * factor - 0.5, 0), last);
      const left = Math.min(Math.floor(x), last - 1);
      const from = (top * outputSize + left) * classes + label;
      const below = from + outputSize * classes;
      const upper = labels[from] + (labels[from + classes] - labels[from]) * (x - left);
      const lower = labels[below] + (labels[below + classes] - labels[below]) * (x - left);
      alpha[to] = upper + (lower - upper) * (y - top);
    }
  }
}

function background(picture: Raster, size: number, random: Random): Raster {
  const detail = BACKGROUND_DETAIL[Math.floor(random() * BACKGROUND_DETAIL.length)] as number;
  const small = warpRaster(picture, unitMap(IDENTITY, detail, picture.width), detail, detail);
  return warpRaster(small, unitMap(IDENTITY, size, detail), size, size);
}

function dyed({ width, height, data }: Raster, dye: Dye): Raster {
  const other = new Uint8Array(data.length);
  for (let at = 0; at < data.length; at += RGB) {
    other.set(dyePixel(dye, data[at], data[at + 1], data[at + 2]), at);
  }
  return { width, height, data: other };
}

function blend(picture: Raster, other: Raster, alpha: Float32Array): void {
  for (let pixel = 0, at = 0; pixel < alpha.length; pixel++) {
    const share = alpha[pixel];
    for (const end = at + RGB; at < end; at++) {
      picture.data[at] = picture.data[at] + (other.data[at] - picture.data[at]) * share;
    }
  }
}

function recolor(picture: Raster, drawn: Augmentation, random: Random, into: Float32Array): void {
  const { data } = picture;
  const matrix = drawn.color;
  for (let at = 0; at < data.length; at += RGB) {
    for (let channel = 0; channel < RGB; channel++) {
      const row = channel * 4;
      const value =
        matrix[row] * data[at] +
        matrix[row + 1] * data[at + 1] +
        matrix[row + 2] * data[at + 2] +
        matrix[row + 3] +
        (random() + random() + random() - 1.5) * 2 * drawn.noise;
      into[at + channel] = (Math.min(Math.max(value, 0), BYTE) - ZERO_PIXEL) * PIXEL_SCALE;
    }
  }
}
