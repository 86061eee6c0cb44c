/*
 * When a camera counts as blind. Each state has a limit to come to it and a weaker one to stay in it, so that
 * a camera at the limit does not flicker. Grey levels go from 0 to 255.
 *
 * Measured on 240 photos of people outdoors and indoors, as they are and changed: their bright end lies at 107
 * or more and their detail at 48 or more; a fifth of the light leaves 21 and 9.8, a twentieth 5.7 to 13.2.
 */

/** Nothing in view is brighter: at a tenth of the light of a good picture, where faces are lost in noise. */
export const DARK_HIGH = 24;
export const STILL_DARK_HIGH = 36;

/**
 * No edge in view: something lies on the lens. A hand or tape leaves a smooth glow of 3 at most; a bare wall
 * with one door frame in view has more than the second limit.
 */
export const COVERED_DETAIL = 5;
export const STILL_COVERED_DETAIL = 8;

/** Share of the picture that is white: of good pictures 0.4 at most, at a gain of 1.5 still 0.71. */
export const OVEREXPOSED_WHITE = 0.85;
export const STILL_OVEREXPOSED_WHITE = 0.7;

/** A visitor's hand or a lamp that is switched on passes; a camera has found its exposure by then. */
export const BLIND_SECONDS = 5;
export const BLIND_FRAMES = 3;

/** Frigate's watchdog gives a camera this long. */
export const STALL_SECONDS = 20;

/**
 * A live sensor has noise: no two of its pictures are equal. Some cameras repeat one while they find their
 * exposure or are asked faster than they take pictures, but not that often and that long.
 */
export const FROZEN_SECONDS = 10;
export const FROZEN_FRAMES = 10;

/** A source that is asked seldom is not stalled before it was asked in vain this often. */
const STALL_FRAMES = 3;

/**
 * Seconds without a frame after which a camera is stalled.
 *
 * @param perSecond the lowest rate at which frames are asked for
 */
export function stallSecondsAt(perSecond: number): number {
  return Math.max(STALL_SECONDS, STALL_FRAMES / perSecond);
}
