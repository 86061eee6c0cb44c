import { type Affine, applyAffine, type Point } from '@oneface/common/images/affine';
import type { LabelMap } from '@oneface/common/images/raster';
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

/**
 * The place that looks most like a face, tried over all nose cells, sizes and rolls.
 *
 * @returns undefined when nothing looks like a face at all
 */
export function matchLayout(labels: LabelMap, roles: PartRoles): LayoutMatch | undefined {
  const anchors = noseCells(labels, roles.nose);
  const wanted = LAYOUT.map(({ role }) => roles[role]);
  let best: LayoutMatch | undefined;
  for (const turn of turns(labels.width)) {
    const offsets = LAYOUT.map(({ points }) =>
      points.map(([x, y]) => applyAffine(turn, { x: x - ANCHOR.x, y: y - ANCHOR.y })),
    );
    for (const anchor of anchors) {
      let decisive = 0;
      for (const part of DECISIVE) {
        if (labelAt(labels, anchor, offsets[part][0]) === wanted[part]) decisive++;
      }
      if (decisive < DECISIVE.length - 1) continue;
      const agreement = agreementAt(labels, anchor, offsets, wanted);
      if (best !== undefined && agreement <= best.agreement) continue;
      const shift = applyAffine(turn, ANCHOR);
      const [a, b, , d, e] = turn;
      best = { templateToGrid: [a, b, anchor.x - shift.x, d, e, anchor.y - shift.y], agreement };
    }
  }
  return best;
}

/** How well the labels agree with a face at a given place, 0-1. */
export function layoutAgreement(labels: LabelMap, roles: PartRoles, templateToGrid: Affine): number {
  const offsets = LAYOUT.map(({ points }) => points.map(([x, y]) => applyAffine(templateToGrid, { x, y })));
  return agreementAt(
    labels,
    { x: 0, y: 0 },
    offsets,
    LAYOUT.map(({ role }) => roles[role]),
  );
}

function agreementAt(
  labels: LabelMap,
  anchor: Point,
  offsets: readonly (readonly Point[])[],
  wanted: readonly number[],
): number {
  let total = 0;
  for (let part = 0; part < offsets.length; part++) {
    let hits = 0;
    for (const offset of offsets[part]) if (labelAt(labels, anchor, offset) === wanted[part]) hits++;
    total += hits / offsets[part].length;
  }
  return total / offsets.length;
}

function labelAt({ width, height, data }: LabelMap, anchor: Point, offset: Point): number {
  const x = Math.floor(anchor.x + offset.x);
  const y = Math.floor(anchor.y + offset.y);
  return x >= 0 && y >= 0 && x < width && y < height ? data[y * width + x] : -1;
}

/** Centres of the cells labelled nose; every n-th when there are more than a face needs. */
function noseCells({ width, data }: LabelMap, nose: number): Point[] {
  const cells: number[] = [];
  data.forEach((label, cell) => {
    if (label === nose) cells.push(cell);
  });
  const every = Math.ceil(cells.length / MOST_ANCHORS);
  return cells
    .filter((_, index) => index % every === 0)
    .map((cell) => ({ x: (cell % width) + 0.5, y: Math.floor(cell / width) + 0.5 }));
}

/** Every size and roll to try. */
function turns(gridWidth: number): Affine[] {
  const found: Affine[] = [];
  for (let share = SMALLEST_SHARE; share <= LARGEST_SHARE; share *= SHARE_STEP) {
    const steps = Math.floor(LARGEST_ROLL / ROLL_STEP);
    for (let step = -steps; step <= steps; step++) {
      const roll = (step * ROLL_STEP * Math.PI) / 180;
      const [cos, sin] = [Math.cos(roll) * share * gridWidth, Math.sin(roll) * share * gridWidth];
      found.push([cos, -sin, 0, sin, cos, 0]);
    }
  }
  return found;
}
