import type { PartClass } from '../classes/class-sets.js';
import { expected } from '../errors/errors.js';
import type { Point } from './affine.js';
import { assertLabelMap, assertRaster, type Color, type LabelMap, type Raster, RGB } from './raster.js';

/**
 * Blends the classes' colours over a picture; background (0) and labels without a class leave it as it is.
 *
 * @param opacity from 0 (picture alone) to 1 (colours alone)
 * @throws InputError when the sizes differ or the opacity is out of range
 */
export function overlayLabels(
  picture: Raster,
  labels: LabelMap,
  classes: readonly PartClass[],
  opacity = 0.5,
): Raster {
  assertRaster(picture);
  assertLabelMap(labels);
  const { width, height } = picture;
  if (labels.width !== width || labels.height !== height) {
    throw expected(`a mask of ${width}x${height}`, 'an overlay', `${labels.width}x${labels.height}`);
  }
  if (!(opacity >= 0 && opacity <= 1)) throw expected('a number from 0 to 1', 'the opacity', opacity);
  const data = picture.data.slice();
  labels.data.forEach((label, pixel) => {
    if (label === 0 || label >= classes.length) return;
    const { color } = classes[label];
    const at = pixel * RGB;
    for (let channel = 0; channel < RGB; channel++) {
      data[at + channel] = Math.round(data[at + channel] * (1 - opacity) + color[channel] * opacity);
    }
  });
  return { width, height, data };
}

/**
 * Shows labels as the classes' colours, background included.
 *
 * @throws InputError when the map's bytes do not fit its size
 */
export function colorLabels(labels: LabelMap, classes: readonly PartClass[]): Raster {
  assertLabelMap(labels);
  const data = new Uint8Array(labels.data.length * RGB);
  labels.data.forEach((label, pixel) => {
    if (label < classes.length) data.set(classes[label].color, pixel * RGB);
  });
  return { width: labels.width, height: labels.height, data };
}

/** Draws a line into the picture, as wide as `thickness` pixels; what lies outside is cut off. */
export function drawLine(picture: Raster, from: Point, to: Point, color: Color, thickness = 1): void {
  const steps = Math.ceil(Math.max(Math.abs(to.x - from.x), Math.abs(to.y - from.y), 1));
  // A line far outside would otherwise take for ever.
  if (!(steps <= 4 * (picture.width + picture.height))) return;
  for (let step = 0; step <= steps; step++) {
    const x = from.x + ((to.x - from.x) * step) / steps;
    const y = from.y + ((to.y - from.y) * step) / steps;
    fillSquare(picture, x, y, thickness, color);
  }
}

/** Draws a closed outline through the corners, such as a box or a turned crop. */
export function drawOutline(picture: Raster, corners: readonly Point[], color: Color, thickness = 1): void {
  corners.forEach((corner, index) => {
    drawLine(picture, corner, corners[(index + 1) % corners.length], color, thickness);
  });
}

/** Draws a square dot into the picture, `side` pixels wide. */
export function drawPoint(picture: Raster, { x, y }: Point, color: Color, side = 3): void {
  fillSquare(picture, x, y, side, color);
}

function fillSquare({ width, height, data }: Raster, x: number, y: number, side: number, color: Color): void {
  const left = Math.round(x - side / 2);
  const top = Math.round(y - side / 2);
  for (let row = Math.max(0, top); row < Math.min(height, top + side); row++) {
    for (let column = Math.max(0, left); column < Math.min(width, left + side); column++) {
      data.set(color, (row * width + column) * RGB);
    }
  }
}
