import { PART_CENTRES } from '../vision/limits.js';

/** Faces that are followed at once, those not yet confirmed included. */
export const MOST_PRESENCES = 16;

/** Frames in a row that may miss a face which is not yet confirmed; a false find seldom comes twice. */
export const MOST_MISSES_UNCONFIRMED = 1;

/**
 * How far a face may be from its expected place, in sides of its template (26 cm on a person): the finder's
 * own scatter, plus what it may move off its course, up to a bound. A person crossing at 1.4 m/s moves 5
 * sides a second, two people side by side stand 2 sides apart.
 */
export const SHIFT_BASE = 0.4;
export const SHIFT_PER_SECOND = 4;
export const LARGEST_SHIFT = 1.6;

/** The same for the logarithm of its size: at 1 m from the camera a walker doubles it in half a second. */
export const GROWTH_BASE = 0.35;
export const GROWTH_PER_SECOND = 1.4;
export const LARGEST_GROWTH = 1.1;

/** Cost added to matches of unconfirmed faces: a known face goes before a new one. */
export const UNCONFIRMED_COST = 1;

/** Gains of the alpha-beta filter that follows a face's place: most of a new place, part of its surprise. */
export const PLACE_GAIN = 0.8;
export const SPEED_GAIN = 0.4;

/** Sides of the template a second that nobody walks faster than. */
export const LARGEST_SPEED = 6;

/** A face that is missed goes on along its course for this long, then it is expected where that ended. */
export const COURSE_SECONDS = 0.6;

/** Quality (0-1) by which the best frame must have improved to be reported before the time. */
export const CLEARLY_BETTER = 0.1;

/**
 * Pixels between the eyes from which on size is full: the token face image of ISO/IEC 19794-5 has 60.
 */
export const FULL_EYE_DISTANCE = 60;

/** Distance of the eyes in template sides. */
export const EYE_DISTANCE_IN_TEMPLATE = PART_CENTRES.rightEye.x - PART_CENTRES.leftEye.x;

/** Distance of the eyes over that from their middle to the mouth, looking straight ahead. */
export const EYES_TO_MOUTH = EYE_DISTANCE_IN_TEMPLATE / (PART_CENTRES.mouth.y - PART_CENTRES.leftEye.y);

/** Offset of the mouth from the middle of the eyes, over the eye distance, at which a face counts as aside. */
export const ASIDE_OFFSET = 0.5;

/** Degrees of roll at which a frame is worth half. */
export const HALF_ROLL = 45;

/** Samples across a face by which its sharpness is measured: 0.1 ms, and an eye still has ten. */
export const SHARPNESS_COLUMNS = 48;

/** Steps between samples whose difference is what there is to see at all. */
export const FINE_STEPS = 4;

/**
 * Share of that difference between neighbours. Measured on 8 portraits at 150 to 640 pixels a template side:
 * 0.31 to 0.48, the same at all sizes; 0.27 to 0.35 when the face moved by 2.5 % of its side during the
 * exposure. A mere slope has 1 / FINE_STEPS.
 */
export const BLURRED_DETAIL = 0.2;
export const SHARP_DETAIL = 0.5;
export const LEAST_SHARPNESS = 0.1;
