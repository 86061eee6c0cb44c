import type { Raster } from '@oneface/common/images/raster';
import { brightnessGrid, meanChange } from './brightness-grid.js';
import { CALM_SHARE, LEAST_SENSITIVE_CHANGE, MOST_SENSITIVE_CHANGE, REFERENCE_RATE } from './limits.js';

/** What a picture says: nothing moved; perhaps, look again soon; or something moves. */
export type Motion = 'none' | 'perhaps' | 'moving';

/** Looks for motion in the pictures of one camera that does not move. */
export interface MotionDetector {
  look(picture: Raster): Motion;
  /** Forgets all earlier pictures. The next one can show no motion. */
  reset(): void;
}

/**
 * Makes a motion detector. It compares small brightness grids with a slow mean of earlier ones.
 *
 * A change of exposure multiplies all brightness, and lamps on mains current darken bands of rows: each row
 * of the reference is first scaled to the row it is compared with. Motion must show in two pictures: the
 * first change has to pass the threshold, the next one half of it. A flash does not, a person does.
 *
 * @param sensitivity 1 (large changes only) to 100 (the slightest change)
 */
export function createMotionDetector(sensitivity: number): MotionDetector {
  const threshold =
    LEAST_SENSITIVE_CHANGE * (MOST_SENSITIVE_CHANGE / LEAST_SENSITIVE_CHANGE) ** ((sensitivity - 1) / 99);
  let reference: Float32Array | undefined;
  let suspicious = false;
  return {
    look(picture) {
      const grid = brightnessGrid(picture);
      if (reference === undefined) {
        reference = grid;
        return 'none';
      }
      const changed = meanChange(grid, reference) >= (suspicious ? threshold * CALM_SHARE : threshold);
      if (!changed) {
        for (let cell = 0; cell < grid.length; cell++) {
          reference[cell] += (grid[cell] - reference[cell]) * REFERENCE_RATE;
        }
        suspicious = false;
        return 'none';
      }
      if (suspicious) return 'moving';
      suspicious = true;
      return 'perhaps';
    },
    reset() {
      reference = undefined;
      suspicious = false;
    },
  };
}
