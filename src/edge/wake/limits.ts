/** Cells of the brightness grid: a head at 3 m (a tenth of the frame's height) still covers some cells. */
export const GRID_COLUMNS = 32;
export const GRID_ROWS = 24;

/** Size of the small picture that frames are decoded to while nobody looks at them: 2x2 pixels a cell. */
export const GLANCE_WIDTH = 2 * GRID_COLUMNS;
export const GLANCE_HEIGHT = 2 * GRID_ROWS;

/**
 * Mean change of brightness (grey levels of 256) that wakes at sensitivity 1 and at 100; between them the
 * threshold falls by the same ratio at each step, to 1.4 at 50. Measured on 12 scenes at JPEG quality 80: noise
 * of 4 levels a pixel changes 0.2, of 10 levels 0.3 to 0.9; exposure a fifth down 0.7 at most, a quarter up
 * (some of it clipped) 0.4 to 1.6; mains flicker of 15 % 0.5 at most. A head alone changes 0.5 to 1.3 at a
 * twelfth of the frame's height, 1.4 to 4.4 at a sixth and 4 to 15 at a third.
 */
export const LEAST_SENSITIVE_CHANGE = 8;
export const MOST_SENSITIVE_CHANGE = 0.25;

/** The second picture must show this share of the change that the first one had to show. */
export const CALM_SHARE = 0.5;

/** Share of a calm picture that goes into the reference: daylight moves it, a cloud takes some pictures. */
export const REFERENCE_RATE = 0.25;

/** Rows are scaled by no more than this, or its inverse: a covered camera is no change of exposure. */
export const LARGEST_GAIN = 3;

/** Grey levels added to both brightnesses before they are divided, so that noise in the dark stays small. */
export const DARK_LEVELS = 8;
