import { expected } from '../errors/errors.js';
import type { Point } from '../images/affine.js';
import type { Box } from '../images/box.js';
import { assertLabelMap, type LabelMap } from '../images/raster.js';

/** One connected group of pixels. */
export interface Component {
  /** Pixels. */
  readonly area: number;
  readonly box: Box;
  /** Mean of the pixel centres. */
  readonly centroid: Point;
  /** Mean of the pixels' confidences; 1 when none were given. */
  readonly confidence: number;
  /** The pixels, as indices into the label map. */
  readonly pixels: Int32Array;
}

/**
 * The groups of pixels that touch each other, corners included, and whose label is one of `labels`.
 *
 * @param confidence one value per pixel
 * @returns largest first; equals in the order of their first pixel
 * @throws InputError when the map's bytes do not fit its size, or there is not one confidence per pixel
 */
export function connectedComponents(
  map: LabelMap,
  labels: readonly number[],
  confidence?: Float32Array,
): Component[] {
  assertLabelMap(map);
  const { width, height, data } = map;
  if (confidence !== undefined && confidence.length !== data.length) {
    throw expected(`${data.length} confidences`, 'connected components', confidence.length);
  }
  const wanted = new Uint8Array(256);
  for (const label of labels) wanted[label] = 1;
  const open = data.map((label) => wanted[label]);
  const reached = new Int32Array(data.length);
  const components: Component[] = [];
  let start = 0;
  for (let seed = 0; seed < open.length; seed++) {
    if (open[seed] === 0) continue;
    const end = flood(open, width, height, seed, reached, start);
    components.push(measure(reached.slice(start, end), width, confidence));
    start = end;
  }
  return components.sort((a, b) => b.area - a.area);
}

/** Takes everything connected with `seed` out of `open` and lists it in `reached` from `start`. */
function flood(
  open: Uint8Array,
  width: number,
  height: number,
  seed: number,
  reached: Int32Array,
  start: number,
): number {
  let end = start;
  open[seed] = 0;
  reached[end++] = seed;
  for (let next = start; next < end; next++) {
    const x = reached[next] % width;
    const y = (reached[next] - x) / width;
    for (let row = Math.max(0, y - 1); row <= Math.min(height - 1, y + 1); row++) {
      for (let column = Math.max(0, x - 1); column <= Math.min(width - 1, x + 1); column++) {
        const pixel = row * width + column;
        if (open[pixel] === 0) continue;
        open[pixel] = 0;
        reached[end++] = pixel;
      }
    }
  }
  return end;
}

function measure(pixels: Int32Array, width: number, confidence: Float32Array | undefined): Component {
  let [left, top, right, bottom] = [Infinity, Infinity, 0, 0];
  let [sumX, sumY, sumConfidence] = [0, 0, 0];
  for (const pixel of pixels) {
    const x = pixel % width;
    const y = (pixel - x) / width;
    left = Math.min(left, x);
    right = Math.max(right, x + 1);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y + 1);
    sumX += x + 0.5;
    sumY += y + 0.5;
    sumConfidence += confidence === undefined ? 1 : confidence[pixel];
  }
  const area = pixels.length;
  return {
    area,
    box: { x: left, y: top, width: right - left, height: bottom - top },
    centroid: { x: sumX / area, y: sumY / area },
    confidence: sumConfidence / area,
    pixels,
  };
}
