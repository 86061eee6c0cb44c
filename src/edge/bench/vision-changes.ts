import { IGNORED_LABEL } from '@oneface/common/classes/class-sets';
import { type Affine, scaleAndMove } from '@oneface/common/images/affine';
import type { LabelMap, Raster } from '@oneface/common/images/raster';
import { warpRaster } from '@oneface/common/images/warp';
import { warpLabels } from '@oneface/common/masks/warp-labels';

/** Ways to change a picture that must not change what is seen in it. */
export const CHANGES = ['mirrored', 'shifted', 'scaled'] as const;
export type Change = (typeof CHANGES)[number];

/** Shares of the frame's sides: not a whole number of pixels or of search steps. */
const SHIFT_X = 0.073;
const SHIFT_Y = -0.051;
const SCALE = 0.8;

/** The picture, changed; what comes in from outside is its mirror image. */
export function changed(picture: Raster, change: Change): Raster {
  const { width, height } = picture;
  const side = change === 'scaled' ? SCALE : 1;
  const map = toOriginal(picture, change);
  return warpRaster(picture, map, Math.round(width * side), Math.round(height * side));
}

/** Labels of the changed picture, laid back over the original; ignored where the copy does not show it. */
export function changedBack(labels: LabelMap, original: Raster, change: Change): LabelMap {
  const { width, height } = original;
  const [a, , c, , e, f] = toOriginal(original, change);
  return warpLabels(labels, [1 / a, 0, -c / a, 0, 1 / e, -f / e], width, height, IGNORED_LABEL);
}

/** From pixels of the changed picture to pixels of the original. */
function toOriginal({ width, height }: Raster, change: Change): Affine {
  switch (change) {
    case 'mirrored':
      return scaleAndMove(-1, 1, width, 0);
    case 'shifted':
      return scaleAndMove(1, 1, SHIFT_X * width, SHIFT_Y * height);
    case 'scaled':
      return scaleAndMove(width / Math.round(width * SCALE), height / Math.round(height * SCALE), 0, 0);
  }
}
