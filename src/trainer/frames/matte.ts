import { type Affine, composeAffine, invertAffine, scaleAndMove } from '@oneface/common/images/affine';
import { type Color, type Raster, RGB } from '@oneface/common/images/raster';
import { warpRaster } from '@oneface/common/images/warp';
import type { Random } from '../random/seeded-random.js';
import type { EnlargedPerson } from './person.js';
import { lerp, smoothStep } from './ramps.js';
import type { Silhouette } from './silhouette.js';

/** Mask values below the first come to nothing, above the second to all: takes off a rim of old background. */
const RIM: readonly [number, number] = [0.5, 0.95];
/** Share of the face picture over which hair and clothes that its sides cut off fade out. */
const SIDE_FADE = 0.06;
/** Standard deviation of the camera's noise, in grey levels, and how many different values it takes. */
const SENSOR_NOISE = 3;
const NOISE_TABLE = 8192;

/**
 * Puts a person before a background: a body in one colour, then what the face picture shows of the person,
 * with soft edges, then camera noise over everything.
 *
 * @param toFrame from the unit square of the face picture to pixels of the background
 * @param clothes colour of the body
 * @returns a new picture of the background's size
 */
export function mattePerson(
  background: Raster,
  person: EnlargedPerson,
  silhouette: Silhouette,
  toFrame: Affine,
  clothes: Color,
  random: Random,
): Raster {
  const { width, height } = background;
  const toSquare = invertAffine(toFrame);
  const side = person.image.width;
  const toPerson = composeAffine(scaleAndMove(side, side, 0, 0), toSquare);
  // Mirrored at its edges, the picture continues the hair and the neck that they cut off.
  const image = warpRaster(person.image, toPerson, width, height).data;
  const mask = warpRaster(person.mask, toPerson, width, height).data;
  const [a, b, c, d, e, f] = toSquare;
  const noise = normalNumbers(NOISE_TABLE, random);
  const data = new Uint8ClampedArray(background.data.length);
  for (let row = 0, at = 0; row < height; row++) {
    const noiseStart = Math.floor(random() * NOISE_TABLE);
    for (let column = 0; column < width; column++, at += RGB) {
      const x = a * (column + 0.5) + b * (row + 0.5) + c;
      const y = d * (column + 0.5) + e * (row + 0.5) + f;
      const body = silhouette.body(x, y);
      const dressed = body * silhouette.clothes(x, y);
      const opacity = smoothStep(...RIM, mask[at] / 255) * extent(x, y, body, silhouette) * (1 - dressed);
      const shade = bodyShade(x, y);
      const grain = SENSOR_NOISE * noise[(noiseStart + column) % NOISE_TABLE];
      for (let channel = at; channel < at + RGB; channel++) {
        const behind = lerp(background.data[channel], clothes[channel - at] * shade, body);
        data[channel] = lerp(behind, image[channel], opacity) + grain;
      }
    }
  }
  return { width, height, data: new Uint8Array(data.buffer) };
}

/** How far the person may be seen at a place (0-1): fading at the sides, continued above and below. */
function extent(x: number, y: number, body: number, silhouette: Silhouette): number {
  const sides = smoothStep(0, SIDE_FADE, Math.min(x, 1 - x));
  if (y < 0) return sides * silhouette.hair(x, y);
  return y > 1 ? sides * body : sides;
}

/** Light falls on the chest; the sides and what is further down are darker. */
function bodyShade(x: number, y: number): number {
  return Math.max(0.4, 1.05 - 1.2 * (x - 0.5) ** 4 - 0.15 * Math.max(0, y - 1));
}

/** Numbers of mean 0 and deviation 1 by the Box-Muller transform, of whose two results one is used. */
function normalNumbers(count: number, random: Random): Float32Array {
  return Float32Array.from(
    { length: count },
    () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()),
  );
}
