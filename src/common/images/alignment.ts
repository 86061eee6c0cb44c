import { type Affine, type Point, scaleAndMove } from './affine.js';
import type { Size } from './raster.js';

/** Centres of the eyes and the mouth; left and right as seen in the picture. */
export interface FaceLandmarks {
  readonly leftEye: Point;
  readonly rightEye: Point;
  readonly mouth: Point;
}

/**
 * Where the landmarks lie in an aligned picture of side 1: the mean of the pictures of CelebA-HQ
 * (Karras et al., ICLR 2018), measured in 512 px as 192.4,246.6, 318.8,246.7 and 255.6,373.6.
 */
export const TEMPLATE: FaceLandmarks = {
  leftEye: { x: 192.4 / 512, y: 246.6 / 512 },
  rightEye: { x: 318.8 / 512, y: 246.7 / 512 },
  mouth: { x: 255.6 / 512, y: 373.6 / 512 },
};

/**
 * The map that shows the whole of a picture, centred and with its proportions kept, in another size.
 *
 * @returns matrix from the pixels of `to` to the pixels of `from`, as `warpRaster` takes it
 */
export function letterbox(from: Size, to: Size): Affine {
  const scale = Math.max(from.width / to.width, from.height / to.height);
  return scaleAndMove(
    scale,
    scale,
    (from.width - to.width * scale) / 2,
    (from.height - to.height * scale) / 2,
  );
}
