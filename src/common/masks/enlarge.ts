import { expected } from '../errors/errors.js';
import { assertSide, type LabelMap } from '../images/raster.js';

/** Fractional bits of a bilinear weight; 8 bits of logit and twice 11 of weight stay within 32 bits. */
const WEIGHT_BITS = 11;
const WEIGHT_ONE = 1 << WEIGHT_BITS;

/** For every output position of one axis: its two source positions and the second one's weight. */
interface Taps {
  readonly first: Int32Array;
  readonly second: Int32Array;
  readonly weight: Int32Array;
}

/**
 * Enlarges logits bilinearly (half-pixel centres, edge pixels repeated) and takes the highest class of every
 * pixel, the lowest label among equals. Nothing is averaged when the output is smaller.
 *
 * Uint8 logits are compared in integers only, so every machine gives the same labels; scale and zero point
 * are the same for all classes and need not be known.
 *
 * @param logits [classes, height, width], quantised or real
 * @returns labels from 0 to classes - 1 of outWidth x outHeight
 * @throws InputError when a size is out of range or the logits do not fit it
 */
export function enlargeLabels(
  logits: Uint8Array | Float32Array,
  classes: number,
  width: number,
  height: number,
  outWidth: number,
  outHeight: number,
): LabelMap {
  assertLogits(logits, classes, width * height);
  for (const side of [width, height]) assertSide(side, 'a side of the logits');
  for (const side of [outWidth, outHeight]) assertSide(side, 'a side of the enlarged labels');
  const across = taps(width, outWidth);
  const down = taps(height, outHeight);
  const data = new Uint8Array(outWidth * outHeight);
  const [line, best] =
    logits instanceof Uint8Array
      ? [new Int32Array(width), new Int32Array(outWidth)]
      : [new Float64Array(width), new Float64Array(outWidth)];
  for (let y = 0; y < outHeight; y++) {
    const labels = data.subarray(y * outWidth, (y + 1) * outWidth);
    const weight = down.weight[y];
    for (let label = 0; label < classes; label++) {
      const above = (label * height + down.first[y]) * width;
      const below = (label * height + down.second[y]) * width;
      for (let x = 0; x < width; x++) {
        line[x] = logits[above + x] * (WEIGHT_ONE - weight) + logits[below + x] * weight;
      }
      raise(line, across, label, best, labels);
    }
  }
  return { width: outWidth, height: outHeight, data };
}

/**
 * Checks the shape of logits.
 *
 * @throws InputError unless there are 1 to 255 classes and one logit per class and pixel
 */
export function assertLogits(logits: Uint8Array | Float32Array, classes: number, pixels: number): void {
  if (!Number.isInteger(classes) || classes < 1 || classes > 255) {
    throw expected('an integer from 1 to 255', 'the number of classes', classes);
  }
  if (logits.length !== classes * pixels) {
    throw expected(`${classes} x ${pixels} values`, 'the logits', logits.length);
  }
}

/** Interpolates one class along a row and keeps it wherever it beats the classes before it. */
function raise(
  line: Int32Array | Float64Array,
  { first, second, weight }: Taps,
  label: number,
  best: Int32Array | Float64Array,
  labels: Uint8Array,
): void {
  for (let x = 0; x < labels.length; x++) {
    const start = line[first[x]];
    const value = start * WEIGHT_ONE + (line[second[x]] - start) * weight[x];
    if (label === 0 || value > best[x]) {
      best[x] = value;
      labels[x] = label;
    }
  }
}

function taps(side: number, outSide: number): Taps {
  const first = new Int32Array(outSide);
  const second = new Int32Array(outSide);
  const weight = new Int32Array(outSide);
  const unit = 2 * outSide;
  for (let i = 0; i < outSide; i++) {
    // The centre (i + 0.5) side / outSide - 0.5, counted in whole units of 1 / (2 outSide).
    const centre = (2 * i + 1) * side - outSide;
    const index = Math.floor(centre / unit);
    first[i] = Math.max(0, index);
    second[i] = Math.min(side - 1, index + 1);
    weight[i] = Math.round(((centre - index * unit) * WEIGHT_ONE) / unit);
  }
  return { first, second, weight };
}
