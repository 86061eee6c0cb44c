import { assertSide, type Raster, RGB, type Size } from '@oneface/common/images/raster';
import sharp from 'sharp';
import type { Random } from '../random/seeded-random.js';

/** Pixels of the frame per pixel that is drawn, and the sigma by which the frame is out of focus then. */
const COARSENESS = 8;
const BLUR = 7;
const MOST_SHAPES = 9;

type Rgb = readonly [number, number, number];

/**
 * Draws something like a room out of focus: a wall lit from one side, a few upright and round shapes, darker
 * corners.
 *
 * @param random the only source of chance: equal streams draw equal pictures
 */
export async function drawBackground({ width, height }: Size, random: Random): Promise<Raster> {
  assertSide(width, 'the width of a frame');
  assertSide(height, 'the height of a frame');
  const small = { width: Math.ceil(width / COARSENESS), height: Math.ceil(height / COARSENESS) };
  const paint = wall(random);
  const shapes = Array.from({ length: 3 + Math.floor(random() * (MOST_SHAPES - 2)) }, () => shape(random));
  const pixels = new Uint8ClampedArray(small.width * small.height * RGB);
  for (let y = 0, at = 0; y < small.height; y++) {
    for (let x = 0; x < small.width; x++) {
      const u = (x + 0.5) / small.width;
      const v = (y + 0.5) / small.height;
      let color = paint(u, v);
      for (const { covers, color: own } of shapes) color = mix(color, own, covers(u, v));
      const corner = 1 - 0.35 * ((u - 0.5) ** 2 + (v - 0.5) ** 2);
      for (const channel of color) pixels[at++] = channel * corner;
    }
  }
  const { data } = await sharp(pixels, { raw: { ...small, channels: RGB } })
    .resize(width, height, { fit: 'fill', kernel: 'cubic' })
    .blur(BLUR)
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { width, height, data };
}

function wall(random: Random): (u: number, v: number) => Rgb {
  const lit = mutedColor(random, 110, 210);
  const dark = mix(lit, [0, 0, 0], 0.2 + 0.4 * random());
  const floor = mutedColor(random, 40, 120);
  const angle = 2 * Math.PI * random();
  const floorLine = 0.7 + 0.5 * random();
  return (u, v) => {
    const along = 0.5 + 0.7 * ((u - 0.5) * Math.cos(angle) + (v - 0.5) * Math.sin(angle));
    return v > floorLine ? floor : mix(lit, dark, Math.min(1, Math.max(0, along)));
  };
}

/** A door, a shelf or a lamp: a colour and how much of it is seen at a place (0-1). */
function shape(random: Random): { color: Rgb; covers: (u: number, v: number) => number } {
  const color = random() < 0.25 ? mutedColor(random, 190, 250) : mutedColor(random, 30, 190);
  const strength = 0.25 + 0.65 * random();
  const [x, y, reachX, reachY] = [random(), random(), 0.03 + 0.14 * random(), 0.05 + 0.4 * random()];
  const round = random() < 0.4;
  return {
    color,
    covers: (u, v) => {
      const right = Math.abs(u - x) / reachX;
      const down = Math.abs(v - y) / (round ? 1.5 * reachX : reachY);
      const inside = round ? right * right + down * down < 1 : Math.max(right, down) < 1;
      return inside ? strength : 0;
    },
  };
}

/** Walls and furniture: any hue, little saturation. */
function mutedColor(random: Random, darkest: number, brightest: number): Rgb {
  const grey = darkest + (brightest - darkest) * random();
  const tint = () => grey * (1 + 0.3 * (random() - 0.5));
  return [tint(), tint(), tint()];
}

function mix(from: Rgb, to: Rgb, share: number): Rgb {
  const blend = (channel: 0 | 1 | 2) => from[channel] + (to[channel] - from[channel]) * share;
  return [blend(0), blend(1), blend(2)];
}
