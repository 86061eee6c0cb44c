import { type Affine, applyAffine, type Point } from '@oneface/common/images/affine';
import type { LabelMap, Size } from '@oneface/common/images/raster';
import {
  LARGEST_ROLL,
  LARGEST_SHARE,
  MOST_ANCHORS,
  PART_CENTRES,
  ROLL_STEP,
  SHARE_STEP,
  SMALLEST_SHARE,
} from './limits.js';
import type { PartRoles } from './part-roles.js';

/** A place in the mask grid where the labels lie as in a face. */
export interface LayoutMatch {
  /** The similarity from the template, as a unit square, to cells of the mask grid. */
  readonly templateToGrid: Affine;
  /** Mean share of each part's points that carry the part's label, 0-1. */
  readonly agreement: number;
}

/** Some points of a part, in an aligned picture of side 1. */
interface LayoutPart {
  readonly role: Exclude<keyof PartRoles, 'face'>;
  readonly points: readonly (readonly [x: number, y: number])[];
}

/**
 * Where a face has its parts: points that carry the same label in nine of ten human masks aligned to the
 * CelebA-HQ template. Every part weighs the same. The skin between the other parts counts too, or a smear of
 * one label would match as well as a face.
 */
const LAYOUT: readonly LayoutPart[] = [
  {
    role: 'eye',
    points: [
      [0.377, 0.478],
      [0.394, 0.478],
    ],
  },
  {
    role: 'eye',
    points: [
      [0.623, 0.478],
      [0.606, 0.478],
    ],
  },
  {
    role: 'mouth',
    points: [
      [0.5, 0.75],
      [0.5, 0.765],
      [0.45, 0.75],
      [0.55, 0.75],
    ],
  },
  {
    role: 'nose',
    points: [
      [0.5, 0.52],
      [0.5, 0.56],
      [0.5, 0.6],
      [0.46, 0.62],
      [0.54, 0.62],
    ],
  },
  {
    role: 'skin',
    points: [
      [0.37, 0.54],
      [0.63, 0.54],
      [0.33, 0.6],
      [0.67, 0.6],
      [0.36, 0.68],
      [0.64, 0.68],
      [0.42, 0.855],
      [0.58, 0.855],
      [0.5, 0.86],
      [0.5, 0.42],
      [0.42, 0.37],
      [0.58, 0.37],
    ],
  },
];

/** The first points of eyes and mouth: where two of the three miss, there is no face. */
const DECISIVE = [0, 1, 2];
const ANCHOR = PART_CENTRES.nose;
const POINTS = LAYOUT.flatMap(({ points }) => points);
/** Index of each part's first point, and one past the last point. */
const STARTS = [0];
for (const { points } of LAYOUT) STARTS.push(STARTS[STARTS.length - 1] + points.length);

/** Compares the labels of a mask grid with the layout of a face. */
export interface LayoutMatcher {
  /**
   * The place that looks most like a face, tried over all nose cells, sizes and rolls.
   *
   * @param isTaken whether a nose at this place of the grid is of no interest
   * @returns undefined when nothing looks like a face at all
   */
  match(labels: LabelMap, isTaken?: (place: Point) => boolean): LayoutMatch | undefined;
  /** How well the labels agree with a face at a given place, 0-1. */
  agreement(labels: LabelMap, templateToGrid: Affine): number;
}

/** A size and roll to try. */
interface Turn {
  /** Linear part of the map from the template to the grid. */
  readonly turn: Affine;
  /** Places of `POINTS` relative to the anchor: x and y in turn. */
  readonly offsets: Float64Array;
}

/** Makes one for label maps of the grid's size. */
export function createLayoutMatcher(roles: PartRoles, { width, height }: Size): LayoutMatcher {
  const wanted = LAYOUT.map(({ role }) => roles[role]);
  const turns = allTurns(width);

  /** Whether the point at this index has its part's label, for an anchor at x, y. */
  function hits(data: Uint8Array, x: number, y: number, offsets: Float64Array, point: number): number {
    const column = Math.floor(x + offsets[2 * point]);
    const row = Math.floor(y + offsets[2 * point + 1]);
    return column >= 0 && row >= 0 && column < width && row < height ? data[row * width + column] : -1;
  }

  /** Mean of the parts' shares of points that carry the part's label; 0 as soon as `least` is out of reach. */
  function agreementAt(data: Uint8Array, x: number, y: number, offsets: Float64Array, least: number): number {
    let total = 0;
    for (let part = 0; part < wanted.length; part++) {
      if (total + wanted.length - part <= least * wanted.length) return 0;
      let count = 0;
      for (let point = STARTS[part]; point < STARTS[part + 1]; point++) {
        if (hits(data, x, y, offsets, point) === wanted[part]) count++;
      }
      total += count / (STARTS[part + 1] - STARTS[part]);
    }
    return total / wanted.length;
  }

  return {
    match({ data }, isTaken) {
      const anchors = noseCells(data, width, roles.nose, isTaken);
      let best = 0;
      let place: Point = { x: 0, y: 0 };
      let bestTurn: Affine | undefined;
      for (const { turn, offsets } of turns) {
        for (const { x, y } of anchors) {
          let decisive = 0;
          for (const part of DECISIVE) {
            if (hits(data, x, y, offsets, STARTS[part]) === wanted[part]) decisive++;
          }
          if (decisive < DECISIVE.length - 1) continue;
          const agreement = agreementAt(data, x, y, offsets, best);
          if (agreement <= best) continue;
          best = agreement;
          place = { x, y };
          bestTurn = turn;
        }
      }
      if (bestTurn === undefined) return undefined;
      const shift = applyAffine(bestTurn, ANCHOR);
      const [a, b, , d, e] = bestTurn;
      return { templateToGrid: [a, b, place.x - shift.x, d, e, place.y - shift.y], agreement: best };
    },
    agreement({ data }, templateToGrid) {
      return agreementAt(data, 0, 0, offsetsOf(templateToGrid, { x: 0, y: 0 }), 0);
    },
  };
}

function offsetsOf(map: Affine, origin: Point): Float64Array {
  return Float64Array.from(
    POINTS.flatMap(([x, y]) => {
      const offset = applyAffine(map, { x: x - origin.x, y: y - origin.y });
      return [offset.x, offset.y];
    }),
  );
}

/** Centres of the cells labelled nose; every n-th when there are more than a face needs. */
function noseCells(
  data: Uint8Array,
  width: number,
  nose: number,
  isTaken: (place: Point) => boolean = () => false,
): Point[] {
  const places: Point[] = [];
  for (let cell = data.indexOf(nose); cell >= 0; cell = data.indexOf(nose, cell + 1)) {
    const place = { x: (cell % width) + 0.5, y: Math.floor(cell / width) + 0.5 };
    if (!isTaken(place)) places.push(place);
  }
  const every = Math.ceil(places.length / MOST_ANCHORS);
  return every <= 1 ? places : places.filter((_, index) => index % every === 0);
}

/** Every size and roll to try. */
function allTurns(gridWidth: number): Turn[] {
  const found: Turn[] = [];
  const steps = Math.floor(LARGEST_ROLL / ROLL_STEP);
  for (let share = SMALLEST_SHARE; share <= LARGEST_SHARE; share *= SHARE_STEP) {
    for (let step = -steps; step <= steps; step++) {
      const roll = (step * ROLL_STEP * Math.PI) / 180;
      const [cos, sin] = [Math.cos(roll) * share * gridWidth, Math.sin(roll) * share * gridWidth];
      const turn: Affine = [cos, -sin, 0, sin, cos, 0];
      found.push({ turn, offsets: offsetsOf(turn, ANCHOR) });
    }
  }
  return found;
}
