import type { WebcamOptions } from 'node-webcam';
import type { NodeWebcamSourceOptions } from './source-options.js';

/**
 * Gives node-webcam's options. node-webcam leaves out options that are false or 0, and then takes its own
 * defaults; of ours only `skip` may be 0, which means the same as leaving it out. `saveShots` is off as it
 * would keep every picture in memory.
 *
 * @param device the camera; its characters are such that they mean nothing to a shell
 */
export function nodeWebcamOptions(
  { width, height, quality, skip }: NodeWebcamSourceOptions,
  device: string,
): WebcamOptions {
  return {
    device,
    width,
    height,
    quality,
    skip,
    output: 'jpeg',
    saveShots: false,
    callbackReturn: 'location',
    verbose: false,
  };
}
