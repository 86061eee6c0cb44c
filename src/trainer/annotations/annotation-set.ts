import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CLASS_SET_IDS, type ClassSet, classSet, IGNORED_LABEL } from '@oneface/common/classes/class-sets';
import { expected } from '@oneface/common/errors/errors';
import type { LabelMap, Raster } from '@oneface/common/images/raster';
import { compileValidator } from '@oneface/common/schemas/validator';
import { Type } from '@sinclair/typebox';
import { readIndexPng } from '../images/index-png.js';
import { readRaster } from '../images/read-picture.js';
import { onlyFloats } from '../tensors/safetensors.js';
import { readSafetensors } from '../tensors/safetensors-file.js';

const parseIndex = compileValidator(
  Type.Object({
    psi: Type.Number({ minimum: 0, maximum: 2 }),
    classes: Type.Array(Type.String(), { minItems: 2 }),
    samples: Type.Array(Type.Object({ seed: Type.Integer(), picture: Type.String(), mask: Type.String() }), {
      minItems: 1,
    }),
  }),
  'index.json',
);

/** One generated picture that a person labelled. */
export interface Annotation {
  readonly name: string;
  /** [latent size]: the z that the generator made it from */
  readonly latent: Float32Array;
  readonly picture: Raster;
  readonly mask: LabelMap;
}

/** A folder of labelled generated pictures: `index.json`, `latents.safetensors`, pictures and masks. */
export interface AnnotationSet {
  /** Truncation that the pictures were made with. */
  readonly psi: number;
  readonly classSet: ClassSet;
  /** Most typical first: a k-shot run takes the first k. */
  readonly samples: readonly Annotation[];
}

/**
 * Reads the first pictures of an annotation folder.
 *
 * @param count how many, from the top of its list
 * @throws InputError when the folder holds fewer or a file does not fit
 */
export async function readAnnotations(folder: string, count: number): Promise<AnnotationSet> {
  const file = join(folder, 'index.json');
  const index = parseIndex(await readJson(file));
  if (index.samples.length < count) {
    throw expected(`at least ${count} labelled pictures`, folder, index.samples.length);
  }
  const set = namedSet(index.classes, file);
  const { tensors } = await readSafetensors(join(folder, 'latents.safetensors'));
  const latents = onlyFloats(tensors, join(folder, 'latents.safetensors'));
  const samples = index.samples.slice(0, count).map(async (sample): Promise<Annotation> => {
    const name = sample.picture.replace(/\.[^.]*$/, '');
    const latent = latents.get(name)?.data;
    if (latent === undefined) throw expected(`a latent "${name}"`, folder, undefined);
    const picture = await readRaster(join(folder, sample.picture));
    const mask = await readIndexPng(join(folder, sample.mask));
    checkMask(mask, picture, set, join(folder, sample.mask));
    return { name, latent, mask, picture };
  });
  return { psi: index.psi, classSet: set, samples: await Promise.all(samples) };
}

function checkMask({ width, height, data }: LabelMap, picture: Raster, set: ClassSet, file: string): void {
  if (width !== picture.width || height !== picture.height) {
    throw expected(`its picture's ${picture.width}x${picture.height} pixels`, file, `${width}x${height}`);
  }
  const classes = set.classes.length;
  const unknown = data.find((label) => label >= classes && label !== IGNORED_LABEL);
  if (unknown !== undefined) throw expected(`labels below ${classes}, or ${IGNORED_LABEL}`, file, unknown);
  if (data.every((label) => label === IGNORED_LABEL)) throw expected('a labelled pixel', file, undefined);
}

/** The class set whose names, in order, are the ones listed; "bg" is the background. */
function namedSet(names: readonly string[], file: string): ClassSet {
  const wanted = names.map((name) => (name === 'bg' ? 'background' : name)).join();
  const sets = CLASS_SET_IDS.map(classSet);
  const found = sets.find(({ classes }) => classes.map(({ name }) => name).join() === wanted);
  if (found === undefined) throw expected(`the classes of ${CLASS_SET_IDS.join(' or ')}`, file, wanted);
  return found;
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    throw expected('a JSON file', file, cause, { cause });
  }
}
