import { IGNORED_LABEL } from '@oneface/common/classes/class-sets';
import {
  type Affine,
  applyAffine,
  composeAffine,
  invertAffine,
  scaleAndMove,
} from '@oneface/common/images/affine';
import type { FaceLandmarks } from '@oneface/common/images/alignment';
import type { LabelMap, Raster, Size } from '@oneface/common/images/raster';
import { warpLabels } from '@oneface/common/masks/warp-labels';
import { drawBackground } from '@oneface/trainer/frames/background';
import { mattePerson } from '@oneface/trainer/frames/matte';
import { clothesColor, enlargePerson } from '@oneface/trainer/frames/person';
import { turnedSquare } from '@oneface/trainer/frames/placement';
import { silhouetteOf } from '@oneface/trainer/frames/silhouette';
import { type Random, randomAt } from '@oneface/trainer/random/seeded-random';
import type { ScenePerson } from './scene-person.js';

/** Height of a face, hairline to chin, in an aligned picture of side 1. */
export const FACE_HEIGHT = 0.74;
/** Middle of the face, between eyes and mouth, in the same. */
const FACE_MIDDLE = { x: 0.5, y: 0.55 };
/** Share of a person's picture that counts as the person: beneath it the mask is background. */
const OPAQUE = 0.5;

/** One person of a scene. */
export interface Placed {
  readonly person: ScenePerson;
  /** Middle of the face in pixels of the frame. */
  readonly x: number;
  readonly y: number;
  /** Hairline to chin in pixels of the frame. */
  readonly faceHeight: number;
  /** Degrees, clockwise as seen. */
  readonly roll: number;
}

/** A frame and what it shows. */
export interface Scene {
  readonly picture: Raster;
  /** Labels of face-10; ignored where a body was drawn that no mask tells of. */
  readonly labels: LabelMap;
  /** Eyes and mouth of each face, in pixels of the frame. */
  readonly faces: readonly FaceLandmarks[];
}

/** Draws people before a background, the first one furthest back. Follows from the seed alone. */
export async function composeScene(size: Size, people: readonly Placed[], seed: number): Promise<Scene> {
  const random = randomAt(seed, 'scene', 0);
  let picture = await drawBackground(size, random);
  const labels: LabelMap = { ...size, data: new Uint8Array(size.width * size.height) };
  const faces: FaceLandmarks[] = [];
  for (const placed of people) {
    const toFrame = squareOf(placed);
    const { landmarks } = placed.person;
    picture = await drawPerson(picture, placed, toFrame, random);
    layLabels(labels, placed.person, toFrame);
    faces.push({
      leftEye: applyAffine(toFrame, landmarks.leftEye),
      rightEye: applyAffine(toFrame, landmarks.rightEye),
      mouth: applyAffine(toFrame, landmarks.mouth),
    });
  }
  return { picture, labels, faces };
}

/** The map from a person's picture as a unit square to the frame. */
export function squareOf({ x, y, faceHeight, roll }: Omit<Placed, 'person'>): Affine {
  const side = faceHeight / FACE_HEIGHT;
  const middle = applyAffine(turnedSquare({ x: 0, y: 0 }, side, roll), FACE_MIDDLE);
  return turnedSquare({ x: x - middle.x, y: y - middle.y }, side, roll);
}

async function drawPerson(
  behind: Raster,
  { person, faceHeight }: Placed,
  toFrame: Affine,
  random: Random,
): Promise<Raster> {
  const side = Math.ceil(faceHeight / FACE_HEIGHT);
  const shade = 40 + Math.floor(random() * 120);
  const clothes = clothesColor(person) ?? [shade, shade, shade];
  const enlarged = await enlargePerson(person, side);
  return mattePerson(behind, enlarged, silhouetteOf(person), toFrame, clothes, random);
}

/** Past the edges of a person's picture the drawing goes on (hair, body), but the mask does not. */
function layLabels(labels: LabelMap, person: ScenePerson, toFrame: Affine): void {
  const { width, height } = labels;
  const side = person.labels.width;
  const toSquare = invertAffine(toFrame);
  const own = warpLabels(
    person.labels,
    composeAffine(scaleAndMove(side, side, 0, 0), toSquare),
    width,
    height,
    IGNORED_LABEL,
  );
  const silhouette = silhouetteOf(person);
  for (let at = 0; at < own.data.length; at++) {
    const place = applyAffine(toSquare, { x: (at % width) + 0.5, y: Math.floor(at / width) + 0.5 });
    const isBeyond = place.x < 0 || place.y < 0 || place.x >= 1 || place.y >= 1;
    if (isBeyond) {
      const drawn = place.y < 0 ? silhouette.hair(place.x, place.y) : silhouette.body(place.x, place.y);
      if (drawn > OPAQUE) labels.data[at] = IGNORED_LABEL;
    } else if (own.data[at] !== 0) {
      labels.data[at] = own.data[at];
    } else if (silhouette.body(place.x, place.y) > OPAQUE) {
      labels.data[at] = IGNORED_LABEL;
    }
  }
}
