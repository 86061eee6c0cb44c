import { join } from 'node:path';
import { expected } from '@oneface/common/errors/errors';
import { type Affine, composeAffine, determinant, scaleAndMove } from '@oneface/common/images/affine';
import type { FaceLandmarks } from '@oneface/common/images/alignment';
import type { Box } from '@oneface/common/images/box';
import type { Color, Size } from '@oneface/common/images/raster';
import { writeFileAtomic } from '../files/atomic-write.js';
import { writePicture } from '../images/write-picture.js';
import { randomAt } from '../random/seeded-random.js';
import { drawBackground } from './background.js';
import { mattePerson } from './matte.js';
import { assertPerson, clothesColor, enlargePerson, type Person } from './person.js';
import { drawPlacement, placedBox, placedLandmarks } from './placement.js';
import { silhouetteOf } from './silhouette.js';

/** Name of the file that says what the frames show. */
export const FRAMES_FILE = 'frames.json';
/** Folder of the pictures themselves. */
export const PICTURES_FOLDER = 'pictures';

/** Worn where the face picture shows no clothes. */
const CLOTHES: readonly Color[] = [
  [52, 60, 78],
  [96, 40, 44],
  [70, 84, 66],
  [168, 160, 146],
];

export interface ComposeSettings {
  readonly count: number;
  /** Frame sizes, taken in turn. */
  readonly sizes: readonly Size[];
  readonly seed: number;
  /** Folder that the frames go to. */
  readonly out: string;
}

/** What one frame shows. Lengths and places are in pixels of the frame. */
export interface FrameTruth extends Size {
  /** File name in the folder of pictures. */
  readonly file: string;
  /** Index of the person. */
  readonly person: number;
  /** Upright box around the whole face picture, background included; it may reach past the frame. */
  readonly box: Box;
  /** Where the alignment template's eyes and mouth lie. */
  readonly landmarks: FaceLandmarks;
  /** From pixels of the face picture to pixels of the frame. */
  readonly toFrame: Affine;
  /** Degrees, clockwise as seen. */
  readonly roll: number;
}

/**
 * Makes pictures as a door camera takes them: one person each, in turn, at a random place, size and lean
 * before a drawn background. Writes them as `pictures/frame-001.jpg` and so on, and `frames.json` with a `FrameTruth`
 * for each. Frame i follows from the seed and i alone.
 *
 * @returns the content of `frames.json`
 * @throws InputError when there is no person or size, or a picture, mask, size or count is wrong
 */
export async function composeFrames(
  people: readonly Person[],
  { count, sizes, seed, out }: ComposeSettings,
): Promise<FrameTruth[]> {
  if (people.length === 0) throw expected('at least one person', 'the sample frames', undefined);
  for (const [index, person] of people.entries()) assertPerson(person, `person ${index}`);
  if (sizes.length === 0) throw expected('at least one frame size', 'the sample frames', undefined);
  if (!Number.isInteger(count) || count < 1) {
    throw expected('an integer of at least 1', 'the count of sample frames', count);
  }
  const truths: FrameTruth[] = [];
  for (let index = 0; index < count; index++) {
    const person = index % people.length;
    const size = sizes[index % sizes.length];
    const { toFrame, roll } = drawPlacement(size, randomAt(seed, 'frame placement', index));
    const file = `frame-${String(index + 1).padStart(3, '0')}.jpg`;
    await writePicture(
      join(out, PICTURES_FOLDER, file),
      await drawFrame(people[person], size, toFrame, seed, index),
    );
    const side = people[person].image.width;
    truths.push({
      file,
      width: size.width,
      height: size.height,
      person,
      box: placedBox(toFrame),
      landmarks: placedLandmarks(toFrame),
      toFrame: composeAffine(toFrame, scaleAndMove(1 / side, 1 / side, 0, 0)),
      roll,
    });
  }
  await writeFileAtomic(join(out, FRAMES_FILE), `${JSON.stringify(truths, null, 1)}\n`);
  return truths;
}

async function drawFrame(person: Person, size: Size, toFrame: Affine, seed: number, index: number) {
  const random = randomAt(seed, 'frame pixels', index);
  const background = await drawBackground(size, random);
  const side = Math.ceil(Math.sqrt(determinant(toFrame)));
  const clothes = clothesColor(person) ?? CLOTHES[Math.floor(random() * CLOTHES.length)];
  const enlarged = await enlargePerson(person, side);
  return mattePerson(background, enlarged, silhouetteOf(person), toFrame, clothes, random);
}
