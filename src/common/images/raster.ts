import { expected } from '../errors/errors.js';

/** Width and height in pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * A picture: `data` holds red, green, blue (0-255) per pixel, row by row from the top left.
 *
 * Everywhere in Oneface pixel i covers [i, i+1) and its centre lies at i + 0.5.
 */
export interface Raster extends Size {
  readonly data: Uint8Array;
}

/** One label per pixel, row by row from the top left: an index into a class set, or `IGNORED_LABEL`. */
export interface LabelMap extends Size {
  readonly data: Uint8Array;
}

/** Red, green, blue; integers from 0 to 255. */
export type Color = readonly [number, number, number];

/** Bytes per pixel of a `Raster`. */
export const RGB = 3;

/** The longest side that any picture may have; beyond it lies damaged or hostile input. */
export const LONGEST_SIDE = 16_384;

/**
 * Checks a width or height.
 *
 * @throws InputError unless it is an integer from 1 to `LONGEST_SIDE`
 */
export function assertSide(side: number, subject: string): void {
  if (!Number.isInteger(side) || side < 1 || side > LONGEST_SIDE) {
    throw expected(`an integer from 1 to ${LONGEST_SIDE}`, subject, side);
  }
}

/**
 * Checks that a picture's sides are in range and that its bytes fit them.
 *
 * @throws InputError naming `subject`
 */
export function assertRaster(raster: Raster, subject = 'a picture'): void {
  assertPixels(raster, RGB, subject);
}

/**
 * Checks that a label map's sides are in range and that its bytes fit them.
 *
 * @throws InputError naming `subject`
 */
export function assertLabelMap(labels: LabelMap, subject = 'a label map'): void {
  assertPixels(labels, 1, subject);
}

/** A picture of one colour, black unless `color` is given. */
export function blankRaster(width: number, height: number, color: Color = [0, 0, 0]): Raster {
  assertSide(width, 'the width of a picture');
  assertSide(height, 'the height of a picture');
  const data = new Uint8Array(width * height * RGB);
  if (color.some((channel) => channel !== 0)) {
    for (let at = 0; at < data.length; at += RGB) data.set(color, at);
  }
  return { width, height, data };
}

function assertPixels(pixels: Raster | LabelMap, bytesPerPixel: number, subject: string): void {
  const { width, height, data } = pixels;
  assertSide(width, `the width of ${subject}`);
  assertSide(height, `the height of ${subject}`);
  const bytes = width * height * bytesPerPixel;
  if (data.length !== bytes) throw expected(`${bytes} bytes (${width}x${height})`, subject, data.length);
}
