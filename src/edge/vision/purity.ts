import { type Affine, applyAffine, determinant, invertAffine } from '@oneface/common/images/affine';
import { boxAround, boxCorners } from '@oneface/common/images/box';
import type { LabelMap } from '@oneface/common/images/raster';
import { FACE_REACH, LEAST_PART_AREA, PART_CENTRES, PART_REACH, type PartPlaces } from './limits.js';
import type { PartRoles } from './part-roles.js';

/** The places of each role's part or parts. */
const PLACES = {
  eye: ['leftEye', 'rightEye'],
  nose: ['nose'],
  mouth: ['mouth'],
} as const satisfies Partial<Record<keyof PartRoles, readonly (keyof PartPlaces<unknown>)[]>>;
const ROLES = ['eye', 'nose', 'mouth'] as const;

/**
 * How far the labels of eyes, nose and mouth keep to their places in a face, 0-1: of each label's cells within
 * the face the share that lies where the part belongs, and of these the geometric mean. In a face there are
 * hardly any others; what only looks like one is a patchwork.
 *
 * A label of too few cells does not count: the part may be hidden.
 */
export function labelPurity(
  { width, height, data }: LabelMap,
  roles: PartRoles,
  templateToGrid: Affine,
): number {
  const [a, b, c, d, e, f] = invertAffine(templateToGrid);
  const { centre, reach } = FACE_REACH;
  const box = { x: centre.x - reach.x, y: centre.y - reach.y, width: 2 * reach.x, height: 2 * reach.y };
  const around = boxAround(boxCorners(box).map((corner) => applyAffine(templateToGrid, corner)));
  const left = Math.max(0, Math.floor(around.x));
  const right = Math.min(width, around.x + around.width);
  const top = Math.max(0, Math.floor(around.y));
  const bottom = Math.min(height, around.y + around.height);
  const all = { eye: 0, nose: 0, mouth: 0 };
  const inPlace = { eye: 0, nose: 0, mouth: 0 };
  for (let row = top; row < bottom; row++) {
    for (let column = left; column < right; column++) {
      const label = data[row * width + column];
      const role = ROLES.find((name) => roles[name] === label);
      if (role === undefined) continue;
      const x = a * (column + 0.5) + b * (row + 0.5) + c;
      const y = d * (column + 0.5) + e * (row + 0.5) + f;
      if (!isWithin(x, y, centre, reach)) continue;
      all[role] += 1;
      if (PLACES[role].some((name) => isWithin(x, y, PART_CENTRES[name], PART_REACH[name])))
        inPlace[role] += 1;
    }
  }
  const unit = determinant(templateToGrid);
  let product = 1;
  let counted = 0;
  for (const role of ROLES) {
    if (all[role] < LEAST_PART_AREA[PLACES[role][0]] * unit) continue;
    product *= inPlace[role] / all[role];
    counted += 1;
  }
  return counted === 0 ? 0 : product ** (1 / counted);
}

function isWithin(
  x: number,
  y: number,
  centre: { readonly x: number; readonly y: number },
  reach: { readonly x: number; readonly y: number },
): boolean {
  const across = (x - centre.x) / reach.x;
  const down = (y - centre.y) / reach.y;
  return across * across + down * down <= 1;
}
