import { IGNORED_LABEL } from '@oneface/common/classes/class-sets';
import type { Point } from '@oneface/common/images/affine';
import { type FaceLandmarks, TEMPLATE } from '@oneface/common/images/alignment';
import type { LabelMap, Raster } from '@oneface/common/images/raster';
import type { Person } from '@oneface/trainer/frames/person';

/** A person whose parts are known. */
export interface ScenePerson extends Person {
  readonly name: string;
  /** Square, over the same area as the picture: labels of face-10. */
  readonly labels: LabelMap;
  /** Centres of eyes and mouth in a picture of side 1. */
  readonly landmarks: FaceLandmarks;
}

const EYE = 3;
const MOUTH = 5;
/** A part of fewer pixels (of 64 x 64) is a guess; the template knows better. */
const LEAST_SHARE = 4 / 64 ** 2;

/** Makes a person of a picture aligned to the template and its mask. */
export function scenePerson(name: string, image: Raster, labels: LabelMap): ScenePerson {
  const side = image.width;
  const personMask = new Float32Array(side * side);
  for (let at = 0; at < personMask.length; at++) {
    const x = Math.floor((((at % side) + 0.5) * labels.width) / side);
    const y = Math.floor(((Math.floor(at / side) + 0.5) * labels.height) / side);
    personMask[at] = labels.data[y * labels.width + x] === 0 ? 0 : 1;
  }
  const landmarks = {
    leftEye: centre(labels, EYE, (x) => x < 0.5) ?? TEMPLATE.leftEye,
    rightEye: centre(labels, EYE, (x) => x >= 0.5) ?? TEMPLATE.rightEye,
    mouth: centre(labels, MOUTH, () => true) ?? TEMPLATE.mouth,
  };
  return { name, image, personMask, labels, landmarks };
}

function centre(
  { width, height, data }: LabelMap,
  label: number,
  counts: (x: number) => boolean,
): Point | undefined {
  let [sumX, sumY, count] = [0, 0, 0];
  for (let at = 0; at < data.length; at++) {
    if (data[at] !== label || data[at] === IGNORED_LABEL) continue;
    const x = ((at % width) + 0.5) / width;
    if (!counts(x)) continue;
    sumX += x;
    sumY += (Math.floor(at / width) + 0.5) / height;
    count += 1;
  }
  if (count < LEAST_SHARE * width * height) return undefined;
  return { x: sumX / count, y: sumY / count };
}
