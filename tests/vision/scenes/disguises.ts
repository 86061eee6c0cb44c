import { applyAffine, invertAffine } from '@oneface/common/images/affine';
import { type Color, type Raster, RGB } from '@oneface/common/images/raster';
import { type Placed, squareOf } from './compose-scene.js';

const SURGICAL_BLUE: Color = [150, 190, 210];
const PAPER: Color = [236, 234, 228];
const RIM_COLOR: Color = [28, 26, 30];
/** Places of glasses in pictures of side 1, and the thickness of their rims as a share of the lens. */
const EYE_LINE = 0.483;
const EYE_DISTANCE = 0.247;
const LENS = { x: 0.095, y: 0.07 };
const BRIDGE = 0.035;
const RIM = 0.14;
/** Upper edge of a mask over the nose, and the half-width and lower end of its curve, in pictures of side 1. */
const MASK_TOP = 0.58;
const MASK_HALF_WIDTH = 0.25;
const MASK_BOTTOM = 0.95;
/** Side of the paper around a printed face, and of the print on it, in the same. */
const PAPER_REACH = 0.62;
const PRINT_REACH = 0.5;

/** Puts a mask over nose and mouth of everybody. */
export function putOnMask(picture: Raster, people: readonly Placed[]): Raster {
  return paint(picture, people, (x, y, inside) => {
    if (y < MASK_TOP || y > MASK_BOTTOM) return inside;
    const down = (y - MASK_TOP) / (MASK_BOTTOM - MASK_TOP);
    const reach = MASK_HALF_WIDTH * Math.sqrt(1 - down * down);
    const pleat = 1 - 0.12 * Math.abs(Math.sin(down * 9));
    return Math.abs(x - 0.5) > reach ? inside : SURGICAL_BLUE.map((channel) => channel * pleat);
  });
}

/** Puts glasses on everybody: dark rims, a bridge, clear lenses. */
export function putOnGlasses(picture: Raster, people: readonly Placed[]): Raster {
  return paint(picture, people, (x, y) => {
    const [across, down] = lensPlace(x, y);
    const isRim = Math.abs(Math.hypot(across, down) - 1) < RIM;
    const isBridge = Math.abs(x - 0.5) < BRIDGE && Math.abs(y - EYE_LINE) < RIM * LENS.y;
    return isRim || isBridge ? RIM_COLOR : undefined;
  });
}

/** Puts glasses with black lenses on everybody. */
export function putOnSunglasses(picture: Raster, people: readonly Placed[]): Raster {
  return paint(picture, people, (x, y) => {
    const [across, down] = lensPlace(x, y);
    const isBridge = Math.abs(x - 0.5) < BRIDGE && Math.abs(y - EYE_LINE) < RIM * LENS.y;
    return Math.hypot(across, down) < 1 + RIM || isBridge ? RIM_COLOR : undefined;
  });
}

/** Distance from the middle of the nearer lens, in its half-width and half-height. */
function lensPlace(x: number, y: number): [across: number, down: number] {
  return [(Math.abs(x - 0.5) - EYE_DISTANCE / 2) / LENS.x, (y - EYE_LINE) / LENS.y];
}

/** Makes everybody a print on a sheet of paper. */
export function putOnPaper(picture: Raster, people: readonly Placed[]): Raster {
  return paint(picture, people, (x, y, inside) => {
    const reach = Math.max(Math.abs(x - 0.5), Math.abs(y - 0.5));
    if (reach < PRINT_REACH) return inside;
    return reach < PAPER_REACH ? PAPER : undefined;
  });
}

/** Repaints what lies around each person; places are in their picture's unit square. Undefined leaves it. */
function paint(
  picture: Raster,
  people: readonly Placed[],
  colorAt: (x: number, y: number, inside: ArrayLike<number>) => ArrayLike<number> | undefined,
): Raster {
  const { width, height } = picture;
  const data = picture.data.slice();
  for (const placed of people) {
    const toSquare = invertAffine(squareOf(placed));
    for (let at = 0; at < width * height; at++) {
      const place = applyAffine(toSquare, { x: (at % width) + 0.5, y: Math.floor(at / width) + 0.5 });
      const color = colorAt(place.x, place.y, data.subarray(at * RGB, (at + 1) * RGB));
      if (color !== undefined) data.set(Array.from(color, Math.round), at * RGB);
    }
  }
  return { width, height, data };
}
