import type { Point } from '@oneface/common/images/affine';
import { TEMPLATE } from '@oneface/common/images/alignment';
import { type Color, type Raster, RGB } from '@oneface/common/images/raster';
import type { Person } from '@oneface/trainer/frames/person';

export const SKIN: Color = [220, 170, 140];
export const EYE: Color = [20, 20, 200];
export const MOUTH: Color = [200, 20, 20];
export const CLOTHES: Color = [20, 120, 20];
/** The background that must not come along. */
export const OLD_BACKGROUND: Color = [255, 0, 255];

const FEATURE_RADIUS = 0.06;

/** A face of `size` pixels drawn to the alignment template: an oval head on clothes before magenta. */
export function drawnPerson(size: number): Person {
  const image: Raster = { width: size, height: size, data: new Uint8Array(size * size * RGB) };
  const personMask = new Float32Array(size * size);
  for (let i = 0; i < size * size; i++) {
    const place = { x: ((i % size) + 0.5) / size, y: (Math.floor(i / size) + 0.5) / size };
    const color = colorAt(place);
    image.data.set(color, i * RGB);
    personMask[i] = color === OLD_BACKGROUND ? 0 : 1;
  }
  return { image, personMask };
}

function colorAt(place: Point): Color {
  const { leftEye, rightEye, mouth } = TEMPLATE;
  if (Math.min(distance(place, leftEye), distance(place, rightEye)) < FEATURE_RADIUS) return EYE;
  if (distance(place, mouth) < FEATURE_RADIUS) return MOUTH;
  if (place.y > 0.9 && Math.abs(place.x - 0.5) < 0.35) return CLOTHES;
  const [across, down] = [(place.x - 0.5) / 0.3, (place.y - 0.52) / 0.4];
  return across * across + down * down < 1 ? SKIN : OLD_BACKGROUND;
}

function distance(one: Point, other: Point): number {
  return Math.hypot(one.x - other.x, one.y - other.y);
}
