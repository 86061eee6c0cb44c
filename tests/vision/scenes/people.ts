import { classSet, IGNORED_LABEL } from '@oneface/common/classes/class-sets';
import type { LabelMap } from '@oneface/common/images/raster';
import { openDataset, readSample } from '@oneface/trainer/evaluation/dataset';
import { readFewShot } from '@oneface/trainer/few-shot/few-shot-file';
import { openGenerator } from '@oneface/trainer/gan/open-generator';
import type { SoftLabelled } from '@oneface/trainer/synthesis/soft-labels';
import { labelSeeds } from '@oneface/trainer/synthesis/synthesize';
import { projectFile } from '../../support/paths.js';
import { type ScenePerson, scenePerson } from './scene-person.js';

const FIRST_SEED = 9000;
const TRUNCATION = 0.7;

/** People that the project's generator makes, with the labels of its few-shot segmenter. */
export async function generatedPeople(count: number): Promise<ScenePerson[]> {
  const generator = await openGenerator(projectFile('models/generator'));
  const fewShot = projectFile('models/face-parts/few-shot.safetensors');
  const { network } = await readFewShot(fewShot, generator.featureChannels);
  const seeds = Array.from({ length: count }, (_, index) => FIRST_SEED + index);
  const settings = { truncation: [TRUNCATION, TRUNCATION] as const, labelSize: generator.resolution };
  return labelSeeds(generator, network, seeds, settings).map((entry, index) =>
    scenePerson(`seed ${seeds[index]}`, entry.picture, likeliest(entry)),
  );
}

/** People of a folder of photos, aligned to the template, with human masks in CelebAMask-HQ's indices. */
export async function photographedPeople(folder: string, count: number): Promise<ScenePerson[]> {
  const { samples, labels } = await openDataset(folder, 'celebamask-19', count);
  const people: ScenePerson[] = [];
  for (const files of samples) {
    const { picture, truth } = await readSample(files, labels, classSet('face-10'));
    people.push(scenePerson(files.name, picture, truth));
  }
  return people;
}

function likeliest({ labelSize, classes, probabilities }: SoftLabelled): LabelMap {
  const data = new Uint8Array(labelSize * labelSize).fill(IGNORED_LABEL);
  for (let pixel = 0; pixel < data.length; pixel++) {
    const own = probabilities.subarray(pixel * classes, (pixel + 1) * classes);
    data[pixel] = own.indexOf(Math.max(...own));
  }
  return { width: labelSize, height: labelSize, data };
}
