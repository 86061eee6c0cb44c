import type { Raster } from '@oneface/common/images/raster';
import { resizeRaster } from '@oneface/common/images/warp';
import type { DecodeFrame } from '../images/decode-frame.js';
import { GLANCE_HEIGHT, GLANCE_WIDTH } from './limits.js';

/**
 * Makes the function that decodes a frame to a small picture, the averages of its pixels. It decodes the whole
 * frame first: for a camera's frame that takes half a millisecond, and no other decoder has to be loaded.
 *
 * @param decode decodes a frame; what it gave before is not used any more
 */
export function createGlance(decode: DecodeFrame): DecodeFrame {
  return async (bytes, subject): Promise<Raster> =>
    resizeRaster(await decode(bytes, subject), GLANCE_WIDTH, GLANCE_HEIGHT);
}
