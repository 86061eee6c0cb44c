import type { LabelMap } from '@oneface/common/images/raster';
import { PART_CENTRES } from '@oneface/edge/vision/limits';
import { partRoles } from '@oneface/edge/vision/part-roles';
import { labelPurity } from '@oneface/edge/vision/purity';
import test from 'ava';

const SIDE = 64;
const ROLES = partRoles('face-10');
const ALIGNED = [SIDE, 0, 0, 0, SIDE, 0] as const;

/** Squares of five cells with their middles at places of the template. */
function labelsWith(...parts: readonly (readonly [label: number, x: number, y: number])[]): LabelMap {
  const data = new Uint8Array(SIDE * SIDE).fill(ROLES.skin);
  for (const [label, x, y] of parts) {
    for (let row = Math.floor(y * SIDE) - 2; row <= Math.floor(y * SIDE) + 2; row++) {
      data.fill(label, row * SIDE + Math.floor(x * SIDE) - 2, row * SIDE + Math.floor(x * SIDE) + 3);
    }
  }
  return { width: SIDE, height: SIDE, data };
}

const { leftEye, rightEye, nose, mouth } = PART_CENTRES;
const FACE = [
  [ROLES.eye, leftEye.x, leftEye.y],
  [ROLES.eye, rightEye.x, rightEye.y],
  [ROLES.nose, nose.x, nose.y],
  [ROLES.mouth, mouth.x, mouth.y],
] as const;

test('labels that all lie where a face has them are pure', (t) => {
  t.is(labelPurity(labelsWith(...FACE), ROLES, ALIGNED), 1);
});

test('as many cells again elsewhere in the face halve what a label adds', (t) => {
  const purity = labelPurity(labelsWith(...FACE, [ROLES.mouth, 0.36, 0.6]), ROLES, ALIGNED);
  t.true(Math.abs(purity - 0.5 ** (1 / 3)) < 1e-9, `${purity}`);
});

test('what lies outside the face does not count', (t) => {
  t.is(labelPurity(labelsWith(...FACE, [ROLES.mouth, 0.1, 0.1], [ROLES.eye, 0.9, 0.9]), ROLES, ALIGNED), 1);
});

test('a part that is hidden does not count', (t) => {
  t.is(labelPurity(labelsWith(...FACE.slice(0, 3)), ROLES, ALIGNED), 1);
  t.is(labelPurity(labelsWith(), ROLES, ALIGNED), 0);
});
