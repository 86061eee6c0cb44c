import type { Point } from '@oneface/common/images/affine';
import type { FacePlace } from './face-place.js';
import {
  COURSE_SECONDS,
  GROWTH_BASE,
  GROWTH_PER_SECOND,
  LARGEST_GROWTH,
  LARGEST_SHIFT,
  LARGEST_SPEED,
  PLACE_GAIN,
  SHIFT_BASE,
  SHIFT_PER_SECOND,
  SPEED_GAIN,
} from './limits.js';

/** How a face moves: an alpha-beta filter of its place. */
export interface FaceCourse {
  readonly place: FacePlace;
  /** Pixels of the frame a second. */
  readonly speed: Point;
  /** Milliseconds of the monotonic clock. */
  readonly at: number;
}

export function startCourse(place: FacePlace, at: number): FaceCourse {
  return { place, speed: { x: 0, y: 0 }, at };
}

/** Takes the next place of the face in. */
export function followCourse(course: FaceCourse, { centre, side }: FacePlace, at: number): FaceCourse {
  const seconds = (at - course.at) / 1000;
  const expected = expectedCentre(course, at);
  const off = { x: centre.x - expected.x, y: centre.y - expected.y };
  const place = { centre: { x: expected.x + PLACE_GAIN * off.x, y: expected.y + PLACE_GAIN * off.y }, side };
  if (seconds <= 0) return { place, speed: course.speed, at };
  const gain = SPEED_GAIN / seconds;
  const speed = { x: course.speed.x + gain * off.x, y: course.speed.y + gain * off.y };
  return { place, speed: limited(speed, LARGEST_SPEED * side), at };
}

/**
 * How far a found face is from where this one is expected: 0 when it is just there, at most 2.
 *
 * @returns undefined when it cannot be the same face
 */
export function deviation(course: FaceCourse, { centre, side }: FacePlace, at: number): number | undefined {
  const seconds = Math.max(0, at - course.at) / 1000;
  const expected = expectedCentre(course, at);
  const largest = Math.max(side, course.place.side);
  const shift = Math.sqrt((centre.x - expected.x) ** 2 + (centre.y - expected.y) ** 2) / largest;
  const growth = Math.abs(Math.log(side / course.place.side));
  const shiftShare = shift / Math.min(LARGEST_SHIFT, SHIFT_BASE + SHIFT_PER_SECOND * seconds);
  const growthShare = growth / Math.min(LARGEST_GROWTH, GROWTH_BASE + GROWTH_PER_SECOND * seconds);
  return shiftShare <= 1 && growthShare <= 1 ? shiftShare + growthShare : undefined;
}

function expectedCentre({ place, speed, at }: FaceCourse, now: number): Point {
  const seconds = Math.min(COURSE_SECONDS, Math.max(0, now - at) / 1000);
  return { x: place.centre.x + speed.x * seconds, y: place.centre.y + speed.y * seconds };
}

function limited({ x, y }: Point, most: number): Point {
  const length = Math.sqrt(x * x + y * y);
  const scale = length > most ? most / length : 1;
  return { x: x * scale, y: y * scale };
}
