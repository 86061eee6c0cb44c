import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { expected } from '@oneface/common/errors/errors';
import { CLOSED, pointField } from '@oneface/common/events/fields';
import type { FaceLandmarks } from '@oneface/common/images/alignment';
import { decodeIndexPng } from '@oneface/common/images/index-png';
import type { LabelMap, Raster } from '@oneface/common/images/raster';
import { parseJson } from '@oneface/common/schemas/parse-json';
import { compileValidator } from '@oneface/common/schemas/validator';
import { Type } from '@sinclair/typebox';
import { readNamedFile } from '../config/read-file.js';
import { decodeFrame } from '../images/decode-frame.js';

/** The file in a folder of frames that says what they show. */
export const SCENES_FILE = 'scenes.json';
const PICTURE_ENDINGS = ['.jpg', '.jpeg', '.png'];

const Landmarks = Type.Object(
  {
    leftEye: pointField('Centre in pixels of the frame; left as seen in the picture.'),
    rightEye: pointField('Centre in pixels of the frame.'),
    mouth: pointField('Centre in pixels of the frame.'),
  },
  CLOSED,
);

/** What the frames of a folder show: the content of `scenes.json`. */
export const Scenes = Type.Array(
  Type.Object(
    {
      file: Type.String({ description: 'The frame, a file of the folder.' }),
      group: Type.String({ description: 'What it tests, such as "height 80". Figures are given by group.' }),
      faces: Type.Array(Landmarks),
      labels: Type.Optional(
        Type.String({ description: "A palette PNG of the frame's size: labels of the model's class set." }),
      ),
    },
    CLOSED,
  ),
);

/** What is known of a frame. */
export interface Truth {
  readonly group: string;
  readonly faces: readonly FaceLandmarks[];
  readonly labels: LabelMap | undefined;
}

/** A frame to measure with. */
export interface BenchFrame {
  readonly name: string;
  readonly picture: Raster;
  readonly truth: Truth | undefined;
}

/**
 * Reads the frames of a folder one by one: those that its `scenes.json` names, or without one all its
 * pictures, in the order of their names, of which nothing is known.
 *
 * @param option what to call the folder in an error
 * @throws InputError when the folder or a file of it cannot be read
 */
export async function* readBenchFrames(folder: string, option: string): AsyncGenerator<BenchFrame> {
  const names = await filesOf(folder, option);
  if (!names.includes(SCENES_FILE)) {
    const pictures = names.filter((name) => PICTURE_ENDINGS.includes(extname(name).toLowerCase())).sort();
    if (pictures.length === 0) throw expected('a folder of pictures', option, folder);
    for (const name of pictures) {
      yield { name, picture: await readPicture(join(folder, name)), truth: undefined };
    }
    return;
  }
  const file = join(folder, SCENES_FILE);
  const scenes = compileValidator(Scenes, SCENES_FILE)(parseJson(await readFile(file, 'utf8'), file));
  for (const { file: name, group, faces, labels } of scenes) {
    const picture = await readPicture(join(folder, name));
    const map = labels === undefined ? undefined : await readLabels(join(folder, labels), picture);
    yield { name, picture, truth: { group, faces, labels: map } };
  }
}

async function filesOf(folder: string, option: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (cause) {
    throw expected('a folder that can be read', option, folder, { cause });
  }
}

async function readPicture(file: string): Promise<Raster> {
  return decodeFrame(await readNamedFile(file, 'a frame'), file);
}

async function readLabels(file: string, { width, height }: Raster): Promise<LabelMap> {
  const labels = decodeIndexPng(await readNamedFile(file, 'the labels of a frame'), file);
  if (labels.width !== width || labels.height !== height) {
    throw expected(`${width}x${height} labels`, file, `${labels.width}x${labels.height}`);
  }
  return labels;
}
