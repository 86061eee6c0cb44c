import { type DecodedPng, decode, encode } from 'fast-png';
import { type ClassSet, IGNORED_LABEL } from '../classes/class-sets.js';
import { expected } from '../errors/errors.js';
import { assertLabelMap, assertSide, type LabelMap } from './raster.js';

/** Where width and height stand in every PNG file (its first chunk is IHDR). */
const WIDTH_OFFSET = 16;
const HEIGHT_OFFSET = 20;
const SMALLEST_HEADER = 24;
const NO_COLOR = [255, 255, 255];

/**
 * Decodes a mask: the palette index, or the grey value, of every pixel. Image libraries that expand a palette
 * to colours lose it.
 *
 * @param bytes the whole file: a palette or grey PNG of at most 8 bits per pixel
 * @param subject what to call it in an error
 * @throws InputError when it is no such PNG
 */
export function decodeIndexPng(bytes: Uint8Array, subject: string): LabelMap {
  if (bytes.length < SMALLEST_HEADER) throw expected('a PNG file', subject, bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  assertSide(view.getUint32(WIDTH_OFFSET), `the width of ${subject}`);
  assertSide(view.getUint32(HEIGHT_OFFSET), `the height of ${subject}`);
  const png = decodePng(bytes, subject);
  if (png.channels !== 1 || png.depth > 8) {
    throw expected(
      'a palette or grey PNG of at most 8 bits',
      subject,
      `${png.channels} channels of ${png.depth} bits`,
    );
  }
  const labels = { width: png.width, height: png.height, data: unpack(png) };
  assertLabelMap(labels, subject);
  return labels;
}

/**
 * Encodes a mask as a palette PNG in the class set's colours; `IGNORED_LABEL` shows as white.
 *
 * @throws InputError when a label is neither a class of the set nor `IGNORED_LABEL`
 */
export function encodeIndexPng(labels: LabelMap, set: ClassSet): Uint8Array {
  assertLabelMap(labels);
  const unknown = labels.data.find((label) => label !== IGNORED_LABEL && label >= set.classes.length);
  if (unknown !== undefined) throw expected(`labels below ${set.classes.length}`, 'a mask', unknown);
  const palette = Array.from({ length: 256 }, (_, label) => [...(set.classes[label]?.color ?? NO_COLOR)]);
  return encode(
    { width: labels.width, height: labels.height, data: labels.data, channels: 1, depth: 8, palette },
    { zlib: { level: 9 } },
  );
}

function decodePng(bytes: Uint8Array, subject: string): DecodedPng {
  try {
    return decode(bytes, { checkCrc: true });
  } catch (cause) {
    throw expected('a PNG file', subject, cause, { cause });
  }
}

/** One byte per pixel: PNG packs 1, 2 and 4 bit pixels, the first in the highest bits of a byte. */
function unpack({ data, width, height, depth }: DecodedPng): Uint8Array {
  if (depth === 8) return Uint8Array.from(data);
  const perByte = 8 / depth;
  const stride = Math.ceil(width / perByte);
  const mask = (1 << depth) - 1;
  const pixels = new Uint8Array(width * height);
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < width; x++, to++) {
      const shift = 8 - depth * ((x % perByte) + 1);
      pixels[to] = (data[y * stride + Math.floor(x / perByte)] >> shift) & mask;
    }
  }
  return pixels;
}
