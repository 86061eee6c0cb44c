import { type Affine, applyAffine } from '../images/affine.js';
import { assertLabelMap, assertSide, type LabelMap } from '../images/raster.js';

/**
 * Carries a label map into another picture, such as the mask of an aligned crop into its frame: every output
 * pixel takes the label under its centre. For smooth edges enlarge the labels first (`enlargeLabels`).
 *
 * @param toLabels matrix from output pixels to pixels of the label map
 * @param outside label where the map does not reach
 * @throws InputError when a size is out of range
 */
export function warpLabels(
  labels: LabelMap,
  toLabels: Affine,
  width: number,
  height: number,
  outside = 0,
): LabelMap {
  assertLabelMap(labels);
  assertSide(width, 'the width of a warped mask');
  assertSide(height, 'the height of a warped mask');
  const data = new Uint8Array(width * height).fill(outside);
  for (let y = 0, to = 0; y < height; y++) {
    const start = applyAffine(toLabels, { x: 0.5, y: y + 0.5 });
    for (let x = 0; x < width; x++, to++) {
      const column = Math.floor(start.x + toLabels[0] * x);
      const row = Math.floor(start.y + toLabels[3] * x);
      if (column >= 0 && column < labels.width && row >= 0 && row < labels.height) {
        data[to] = labels.data[row * labels.width + column];
      }
    }
  }
  return { width, height, data };
}
