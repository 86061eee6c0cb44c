import type { Person } from './person.js';
import { lerp, smoothStep } from './ramps.js';

/** From and to, in widths of the face picture. */
type Span = readonly [number, number];

/**
 * What of a person lies beyond a face picture that cuts it off: the top of the hair and the body. Places are
 * in the picture's unit square, which they exceed. All results are from 0 to 1.
 */
export interface Silhouette {
  /** How far hair covers a place above the picture. */
  hair(x: number, y: number): number;
  /** How far the body covers a place. */
  body(x: number, y: number): number;
  /** How far clothes lie over a place of the person: all of it but what a round neckline leaves free. */
  clothes(x: number, y: number): number;
}

/** Where nothing of the person reaches the picture's lower edge: the span of a neck. */
const NECK: Span = [0.35, 0.65];
const SHOULDER_HALF_WIDTH = 0.8;
/** Heights of the body's upper edge at the neck and at the end of the person's span, and the widest height. */
const COLLAR = 0.9;
const SHOULDER = 0.98;
const WIDEST = 1.34;
/** Heights of the neckline in the middle and at the end of the person's span. */
const NECKLINE = 1.03;
const NECKLINE_END = 0.93;
/** Softness of the outlines. */
const EDGE = 0.025;
/** Height of the hair's continuation over half its width. */
const HAIR_RISE = 0.36;

/** Continues the outlines with which a person's mask meets the upper and the lower edge of the picture. */
export function silhouetteOf({ image, personMask }: Person): Silhouette {
  const { width, height } = image;
  const top = spanOf(personMask.subarray(0, width));
  const [left, right] = spanOf(personMask.subarray((height - 1) * width)) ?? NECK;
  const middle = (left + right) / 2;
  const half = (right - left) / 2;
  return {
    hair: (x, y) => {
      if (top === undefined) return 0;
      const reach = (top[1] - top[0]) / 2;
      const aside = (x - (top[0] + top[1]) / 2) / reach;
      const up = y / (HAIR_RISE * reach);
      return smoothStep(1, 0.8, aside * aside + up * up);
    },
    body: (x, y) => {
      if (y < COLLAR) return 0;
      const narrow = Math.min(1, Math.max(0, (WIDEST - y) / (WIDEST - SHOULDER)));
      const reach = lerp(Math.max(half, SHOULDER_HALF_WIDTH), half, narrow * narrow);
      const aside = Math.abs(x - lerp(0.5, middle, narrow));
      const edge = lerp(COLLAR, SHOULDER, Math.min(1, aside / half));
      return smoothStep(reach + EDGE, reach - EDGE, aside) * smoothStep(edge, edge + EDGE, y);
    },
    clothes: (x, y) => {
      const aside = Math.min(1, Math.abs(x - middle) / half);
      const neckline = lerp(NECKLINE, NECKLINE_END, aside * aside);
      return smoothStep(neckline - EDGE / 2, neckline + EDGE / 2, y);
    },
  };
}

/** First to last pixel of the person in a row, in widths of the picture. */
function spanOf(row: Float32Array): Span | undefined {
  const isPerson = (opacity: number) => opacity > 0.5;
  const first = row.findIndex(isPerson);
  return first === -1 ? undefined : [first / row.length, (row.findLastIndex(isPerson) + 1) / row.length];
}
