import { expected } from '../errors/errors.js';
import { assertLabelMap, assertSide, type LabelMap } from '../images/raster.js';

/**
 * A binary mask as COCO writes it: `size` is [height, width], `counts` the compressed string of the run
 * lengths that pycocotools makes (`rleToString` in its maskApi.c).
 */
export interface CocoRle {
  readonly size: readonly [number, number];
  readonly counts: string;
}

/** A character of the string is this plus six bits: five of the number, one that says "more follows". */
const FIRST_CHARACTER = 48;
const PAYLOAD_BITS = 5;
const PAYLOAD = 0x1f;
const SIGN = 0x10;
const MORE = 0x20;
/** Runs are below 2^28 and their differences take at most six characters. */
const MOST_CHARACTERS = 6;
/** From the fourth run on, the string holds the difference to the run two before. */
const FIRST_DIFFERENCE = 3;

/**
 * Encodes the pixels that carry one label.
 *
 * @throws InputError when the map's bytes do not fit its size
 */
export function encodeRle(labels: LabelMap, label: number): CocoRle {
  return { size: [labels.height, labels.width], counts: countsToString(maskToCounts(labels, label)) };
}

/**
 * Decodes a mask.
 *
 * @returns labels 1 inside the mask and 0 outside
 * @throws InputError when the string is damaged or its runs do not fill the size exactly
 */
export function decodeRle({ size: [height, width], counts }: CocoRle): LabelMap {
  assertSide(height, 'the height of an RLE mask');
  assertSide(width, 'the width of an RLE mask');
  const runs = stringToCounts(counts);
  const total = runs.reduce((sum, run) => sum + run, 0);
  if (total !== width * height) throw expected(`runs of ${width * height} pixels`, 'an RLE mask', total);
  const data = new Uint8Array(width * height);
  let pixel = 0;
  runs.forEach((run, index) => {
    const end = pixel + run;
    if (index % 2 === 0) pixel = end;
    for (; pixel < end; pixel++) data[(pixel % height) * width + Math.floor(pixel / height)] = 1;
  });
  return { width, height, data };
}

/**
 * Run lengths of the pixels with and without a label, column by column from the top left; the first run is
 * outside the mask and may be 0.
 *
 * @throws InputError when the map's bytes do not fit its size
 */
export function maskToCounts(labels: LabelMap, label: number): number[] {
  assertLabelMap(labels);
  const { width, data } = labels;
  const counts: number[] = [];
  let inside = false;
  let run = 0;
  for (let x = 0; x < width; x++) {
    for (let at = x; at < data.length; at += width) {
      if ((data[at] === label) !== inside) {
        counts.push(run);
        run = 0;
        inside = !inside;
      }
      run++;
    }
  }
  counts.push(run);
  return counts;
}

/** Packs run lengths into pycocotools' string. */
export function countsToString(counts: readonly number[]): string {
  let text = '';
  counts.forEach((count, index) => {
    let rest = index >= FIRST_DIFFERENCE ? count - counts[index - 2] : count;
    for (let more = true; more; ) {
      let bits = rest & PAYLOAD;
      rest >>= PAYLOAD_BITS;
      more = bits & SIGN ? rest !== -1 : rest !== 0;
      if (more) bits |= MORE;
      text += String.fromCharCode(FIRST_CHARACTER + bits);
    }
  });
  return text;
}

/**
 * Unpacks pycocotools' string.
 *
 * @throws InputError when a character is outside the alphabet, a number is cut off or overlong, or a run is
 *   negative
 */
export function stringToCounts(text: string): number[] {
  const counts: number[] = [];
  for (let at = 0; at < text.length; ) {
    let value = 0;
    let shift = 0;
    for (let more = true; more; at++) {
      const bits = at < text.length ? text.charCodeAt(at) - FIRST_CHARACTER : -1;
      if (bits < 0 || bits >= 2 * MORE || shift >= MOST_CHARACTERS * PAYLOAD_BITS) {
        throw expected('a COCO run-length string', 'a mask', text);
      }
      value |= (bits & PAYLOAD) << shift;
      shift += PAYLOAD_BITS;
      more = (bits & MORE) !== 0;
      if (!more && bits & SIGN) value |= -1 << shift;
    }
    const run = counts.length >= FIRST_DIFFERENCE ? value + counts[counts.length - 2] : value;
    if (run < 0) throw expected('runs of 0 pixels or more', 'a mask', text);
    counts.push(run);
  }
  return counts;
}
