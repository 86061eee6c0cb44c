import type { Point } from '@oneface/common/images/affine';
import type { Box } from '@oneface/common/images/box';

/** Something for each part that a face is found by; left and right as seen in the picture. */
export interface PartPlaces<T> {
  readonly leftEye: T;
  readonly rightEye: T;
  readonly nose: T;
  readonly mouth: T;
}

/**
 * Centres of the parts' masks in a picture of side 1 aligned to the CelebA-HQ template: medians over 200
 * human masks. The mouth's mask lies lower than the template's mouth corners, so the template itself would
 * make every crop 4 % too large.
 */
export const PART_CENTRES: PartPlaces<Point> = {
  leftEye: { x: 0.377, y: 0.478 },
  rightEye: { x: 0.623, y: 0.478 },
  nose: { x: 0.499, y: 0.576 },
  mouth: { x: 0.5, y: 0.75 },
};

/**
 * Half-widths and half-heights around those centres in which a part's cells are looked for: the parts' own
 * extent and as much again as a wrong size or place of the first match moves them.
 */
export const PART_REACH: PartPlaces<Point> = {
  leftEye: { x: 0.1, y: 0.07 },
  rightEye: { x: 0.1, y: 0.07 },
  nose: { x: 0.12, y: 0.15 },
  mouth: { x: 0.16, y: 0.11 },
};

/** Middle of a face and its half-width and half-height in the same picture, ears and chin included. */
export const FACE_REACH: { readonly centre: Point; readonly reach: Point } = {
  centre: { x: 0.5, y: 0.56 },
  reach: { x: 0.308, y: 0.422 },
};

/** A quarter of the medians of the human masks, in square template sides: a part half seen still counts. */
export const LEAST_PART_AREA: PartPlaces<number> = {
  leftEye: 0.0006,
  rightEye: 0.0006,
  nose: 0.005,
  mouth: 0.003,
};

/** Parts of the four that must be seen: hair hides an eye, a mask the mouth. */
export const LEAST_PARTS = 3;

/** Hairline to chin in the same aligned picture (median box of skin and all that lies on it). */
export const FACE_IN_TEMPLATE: Box = { x: 0.24, y: 0.18, width: 0.53, height: 0.74 };

/** Between eyes and mouth, the point that faces are told apart by. */
export const FACE_MIDDLE: Point = { x: 0.5, y: 0.57 };

/**
 * Middles nearer to each other than this are of one face, in template sides of the larger one: less than the
 * width of a face, and more than the distance from its middle to its chin.
 */
export const SAME_FACE_DISTANCE = 0.4;

/** Faces per frame that are followed. */
export const MOST_FACES = 8;

/**
 * Frames in which all views have their turn while nobody is there: about a second of a camera with ten frames
 * a second. Each frame has twice as many passes for it as that takes, half of which go where something moved.
 */
export const ROUND_FRAMES = 12;

/** Passes of the search per frame at most: in frames beyond 1280x960 a round takes longer instead. */
export const MOST_SEARCH_PASSES = 24;

/** The share of these passes that is left beside known faces, whose own passes come on top. */
export const SEARCH_BESIDE = 0.5;

/** Frames in which a face that was lost is looked for around its last place. */
export const LOST_FRAMES = 5;

/** Side of the view in which it is looked for, in template sides: the face may have moved by half of one. */
export const LOST_VIEW = 1.3;

/** Cells along each side of the frame in which motion is noticed, and samples along each side of a cell. */
export const MOTION_CELLS = 24;
export const SAMPLES_PER_CELL = 6;

/** Grey levels by which the mean of a cell must change: several times what the noise of a camera does to it. */
export const LEAST_CHANGE = 8;

/** Share of a view that must have changed for it to have its turn early: a face leaves a third of it alone. */
export const LEAST_MOTION = 0.3;

/**
 * Root mean square distance of the part centres from their places, in template sides. A face turned aside by
 * 45 degrees misfits by 0.03 (its eyes come 0.07 closer); as much again is left for uneven masks.
 */
export const LARGEST_MISFIT = 0.06;

/** Degrees. Further turned faces are no visitor at a door, and the segmenter never saw them. */
export const LARGEST_ROLL = 45;

/** Template sides that a match is tried at, as shares of the mask grid's width, each a step from the last. */
export const SMALLEST_SHARE = 0.3;
export const LARGEST_SHARE = 1.7;
export const SHARE_STEP = 1.15;

/** Degrees between the rolls that are tried: half a step moves the eyes by less than their height. */
export const ROLL_STEP = 12;

/** Nose cells that a match is tried from: all of a face that fills the picture, few of a smear. */
export const MOST_ANCHORS = 300;

/**
 * Score (0-1) that a fit needs to be looked at closely, and that the close look must confirm. Measured with
 * the shipped segmenter of 42 mIoU: of faces before drawn rooms one in twelve scores less in its crop, of
 * photos taken at odd angles one in six; of pictures of food one in seventy holds something that scores more,
 * of portraits upside down one in twenty.
 */
export const PROMISING_SCORE = 0.2;
export const ACCEPTED_SCORE = 0.46;

/** Score that keeps a known face: that it was there a moment ago speaks for it. */
export const KEPT_SCORE = 0.3;

/** The crop is settled when no part centre moved further than this, in template sides (2 cells of 64). */
export const SETTLED_SHIFT = 0.03;

/** Close looks per fit: the first pass sees a small face coarsely, the second crop is right. */
export const MOST_CLOSE_LOOKS = 3;

/** Passes of a full search that go into close looks; those over the pieces of the frame come on top. */
export const MOST_CLOSE_PASSES = 120;

/**
 * Sides of the pieces shrink from level to level of the search by this or less. Measured with the shipped
 * segmenter: it finds as many faces as in an aligned crop while the template's side is 0.6 to 1.4 of the
 * piece's.
 */
export const SCAN_RATIO = 2;

/**
 * Steps between the pieces as a share of their side, so that every face lies within three tenths of a piece's
 * middle on both axes. Up to there the same segmenter finds as many faces as in the middle.
 */
export const SCAN_STRIDE = 0.6;

/**
 * Degrees by which the pieces are turned in turn. Upright pieces show the shipped segmenter nearly all faces
 * tilted up to 15 degrees, but only two thirds of those tilted by 30; turned by 20, nearly all of them.
 */
export const SCAN_ROLLS = [0, 20, 0, -20];

/**
 * Side of the smallest pieces in frame pixels, for frames of any size: faces of 80 px (a template of 108 px)
 * lie well in them. In small frames they shrink to a quarter of the longer side, but not below the lower
 * limit, whose faces are as small as can be judged.
 */
export const SMALLEST_PIECE = 160;
export const SMALLEST_PIECE_SHARE = 0.25;
export const SMALLEST_PIECE_EVER = 80;

/** Connected cells with face labels below which a patch is noise. */
export const SMALLEST_PATCH = 4;

/** Template side in frame pixels below which no part can be judged: the eyes are 12 px apart. */
export const SMALLEST_CROP = 48;
