import {
  type Affine,
  applyAffine,
  composeAffine,
  determinant,
  invertAffine,
  type Point,
  similarityFromPoints,
} from '@oneface/common/images/affine';
import type { FaceLandmarks } from '@oneface/common/images/alignment';
import type { LabelMap, Size } from '@oneface/common/images/raster';
import { createLayoutMatcher } from './layout.js';
import {
  LARGEST_MISFIT,
  LARGEST_ROLL,
  LEAST_PART_AREA,
  LEAST_PARTS,
  PART_CENTRES,
  PART_REACH,
  type PartPlaces,
} from './limits.js';
import type { PartRoles } from './part-roles.js';
import { labelPurity } from './purity.js';
import type { View } from './view.js';

/** Eyes, nose and mouth that lie as in a face. */
export interface FaceFit {
  /** Centres in pixels of the frame; of a part that is not to be seen, the place where a face has it. */
  readonly landmarks: FaceLandmarks;
  /** The similarity from the template, as a unit square, to the frame. */
  readonly templateToFrame: Affine;
  /** How sure it is that this is a face, 0-1: agreement of the labels with a face's layout, by confidence and purity. */
  readonly score: number;
}

/** Centre of gravity of a part in cells, and the means that judging it needs. */
interface Part {
  readonly centre: Point;
  /** In square template sides. */
  readonly area: number;
  readonly cells: readonly number[];
}

type PartName = keyof PartPlaces<unknown>;
type Parts = ReadonlyMap<PartName, Part>;

/** How often the places of the parts and the similarity are brought into line. */
const REFINEMENTS = 3;

/** Finds faces in views. */
export interface FaceFitter {
  /**
   * The face of a view: the best match of the layout, moved onto the centres of the parts.
   *
   * @param isTaken whether a nose at this place of the frame is of no interest
   * @returns undefined when nothing in view lies as a face does
   */
  fit(view: View, isTaken?: (place: Point) => boolean): FaceFit | undefined;
  /** The face that lies near a given place, a map from the template to the frame. */
  fitNear(view: View, templateToFrame: Affine): FaceFit | undefined;
}

/** Makes one for views of the grid's size. */
export function createFaceFitter(roles: PartRoles, grid: Size): FaceFitter {
  const matcher = createLayoutMatcher(roles, grid);

  function refine(view: View, start: Affine): FaceFit | undefined {
    let templateToGrid = start;
    let parts: Parts = new Map();
    for (let round = 0; round < REFINEMENTS; round++) {
      parts = partsNear(view, roles, templateToGrid);
      if (parts.size < LEAST_PARTS) return undefined;
      templateToGrid = similarityFromPoints(
        [...parts.keys()].map((name) => PART_CENTRES[name]),
        [...parts.values()].map(({ centre }) => centre),
      );
      if (!isPlausible(templateToGrid, parts)) return undefined;
    }
    let confidence = 0;
    for (const { cells } of parts.values()) confidence += meanConfidence(view, cells) / parts.size;
    const agreement = matcher.agreement(view.labels, templateToGrid);
    const purity = labelPurity(view.labels, roles, templateToGrid);
    return fitOf(view, parts, templateToGrid, agreement * confidence * purity);
  }

  return {
    fit(view, isTaken) {
      const match = matcher.match(
        view.labels,
        isTaken && ((place) => isTaken(applyAffine(view.gridToFrame, place))),
      );
      return match && refine(view, match.templateToGrid);
    },
    fitNear(view, templateToFrame) {
      return refine(view, composeAffine(invertAffine(view.gridToFrame), templateToFrame));
    },
  };
}

function fitOf(view: View, parts: Parts, templateToGrid: Affine, score: number): FaceFit {
  const templateToFrame = composeAffine(view.gridToFrame, templateToGrid);
  const centreOf = (name: PartName): Point => {
    const part = parts.get(name);
    return part === undefined
      ? applyAffine(templateToFrame, PART_CENTRES[name])
      : applyAffine(view.gridToFrame, part.centre);
  };
  return {
    landmarks: { leftEye: centreOf('leftEye'), rightEye: centreOf('rightEye'), mouth: centreOf('mouth') },
    templateToFrame,
    score,
  };
}

/** Degrees by which a similarity turns clockwise, -180 to 180. */
export function rollOf([cos, , , sin]: Affine): number {
  return (Math.atan2(sin, cos) * 180) / Math.PI;
}

/** The furthest that an eye's or the mouth's place moves between two fits, in template sides. */
export function shiftBetween(a: Affine, b: Affine): number {
  const moved = composeAffine(invertAffine(b), a);
  return Math.max(
    ...[PART_CENTRES.leftEye, PART_CENTRES.rightEye, PART_CENTRES.mouth].map((place) =>
      distance(applyAffine(moved, place), place),
    ),
  );
}

function partsNear(view: View, roles: PartRoles, templateToGrid: Affine): Parts {
  const parts = new Map<PartName, Part>();
  for (const [name, label] of [
    ['leftEye', roles.eye],
    ['rightEye', roles.eye],
    ['nose', roles.nose],
    ['mouth', roles.mouth],
  ] as const) {
    const part = partNear(view.labels, label, PART_CENTRES[name], PART_REACH[name], templateToGrid);
    if (part !== undefined && part.area >= LEAST_PART_AREA[name]) parts.set(name, part);
  }
  return parts;
}

/** The cells of a label in an ellipse around the part's place; what is further away belongs to others. */
function partNear(
  { width, height, data }: LabelMap,
  label: number,
  place: Point,
  reach: Point,
  templateToGrid: Affine,
): Part | undefined {
  const [a, b, c, d, e, f] = invertAffine(templateToGrid);
  const middle = applyAffine(templateToGrid, place);
  const unit = determinant(templateToGrid);
  const radius = Math.max(reach.x, reach.y) * Math.sqrt(unit) + 1;
  const cells: number[] = [];
  let sumX = 0;
  let sumY = 0;
  const top = Math.max(0, Math.floor(middle.y - radius));
  const bottom = Math.min(height, middle.y + radius);
  const left = Math.max(0, Math.floor(middle.x - radius));
  const right = Math.min(width, middle.x + radius);
  for (let row = top; row < bottom; row++) {
    for (let column = left; column < right; column++) {
      if (data[row * width + column] !== label) continue;
      const x = column + 0.5;
      const y = row + 0.5;
      const acrossX = (a * x + b * y + c - place.x) / reach.x;
      const acrossY = (d * x + e * y + f - place.y) / reach.y;
      if (acrossX * acrossX + acrossY * acrossY > 1) continue;
      cells.push(row * width + column);
      sumX += x;
      sumY += y;
    }
  }
  if (cells.length === 0) return undefined;
  return { centre: { x: sumX / cells.length, y: sumY / cells.length }, area: cells.length / unit, cells };
}

function meanConfidence(view: View, cells: readonly number[]): number {
  const confidence = view.confidence();
  let sum = 0;
  for (const cell of cells) sum += confidence[cell];
  return sum / cells.length;
}

/** Whether the parts keep to the proportions of a face that looks at the camera. */
function isPlausible(templateToGrid: Affine, parts: Parts): boolean {
  const unit = determinant(templateToGrid);
  if (!(unit > 0) || Math.abs(rollOf(templateToGrid)) > LARGEST_ROLL) return false;
  let squares = 0;
  for (const [name, { centre }] of parts) {
    squares += distance(applyAffine(templateToGrid, PART_CENTRES[name]), centre) ** 2;
  }
  return Math.sqrt(squares / parts.size / unit) <= LARGEST_MISFIT;
}

function distance(a: Point, b: Point): number {
  return Math.sqrt((a.x - b.x) ** 2 + (a.y - b.y) ** 2);
}
