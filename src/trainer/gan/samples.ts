import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { classSet } from '@oneface/common/classes/class-sets';
import { expected } from '@oneface/common/errors/errors';
import type { Raster } from '@oneface/common/images/raster';
import { contactSheet } from '@oneface/common/images/sheet';
import { resizeRaster } from '@oneface/common/images/warp';
import { writeFileAtomic } from '../files/atomic-write.js';
import { writePicture } from '../images/write-picture.js';
import type { ReportProgress } from '../progress/progress.js';
import { inScope } from '../tensorflow/scope.js';
import { writeSafetensors } from '../tensors/safetensors-file.js';
import type { Tensor } from '../tensors/tensor.js';
import { openGenerator } from './open-generator.js';
import { latentsOfSeeds, toRasters } from './pictures.js';

const BATCH = 8;
/** Pictures on the contact sheet and the largest side of each, so that it stays a picture that can be written. */
const MOST_ON_SHEET = 256;
const LARGEST_ON_SHEET = 256;

export interface SampleSettings {
  /** Folder of an imported generator. */
  readonly generator: string;
  readonly seeds: readonly number[];
  readonly truncation: number;
  readonly out: string;
}

/**
 * Generates one picture for each seed: `seedNNN.png`, a contact sheet `sheet.png` of the first ones, and
 * `index.json` and `latents.safetensors` as an annotation folder has them. Drawing `seedNNN.mask.png` for
 * one picture and listing it under `samples` makes the folder ready for `fit`.
 *
 * @returns path of the contact sheet
 * @throws InputError when masks have been drawn there: its index and latents would be lost with them
 */
export async function writeSamples(
  { generator: folder, seeds, truncation, out }: SampleSettings,
  report: ReportProgress,
  signal: AbortSignal,
): Promise<string> {
  const masks = existsSync(out) ? (await readdir(out)).filter((name) => name.endsWith('.mask.png')) : [];
  if (masks.length > 0) throw expected('a folder without masks', '--out', join(out, masks[0]));
  const generator = await openGenerator(folder);
  const sideOnSheet = Math.min(generator.resolution, LARGEST_ON_SHEET);
  const onSheet: Raster[] = [];
  const latents = new Map<string, Tensor>();
  for (let first = 0; first < seeds.length; first += BATCH) {
    signal.throwIfAborted();
    const batch = seeds.slice(first, first + BATCH);
    const made = inScope(() => {
      const z = latentsOfSeeds(batch, generator.latentSize);
      const { picture } = generator.synthesize(generator.truncate(generator.map(z), truncation));
      return { z: z.dataSync<'float32'>(), rasters: toRasters(picture) };
    });
    for (const [index, seed] of batch.entries()) {
      const data = made.z.slice(index * generator.latentSize, (index + 1) * generator.latentSize);
      latents.set(sampleName(seed), { shape: [1, generator.latentSize], data });
      await writePicture(join(out, `${sampleName(seed)}.png`), made.rasters[index] as Raster);
    }
    for (const picture of made.rasters.slice(0, MOST_ON_SHEET - onSheet.length)) {
      onSheet.push(resizeRaster(picture, sideOnSheet, sideOnSheet));
    }
    report(first + batch.length, seeds.length);
  }
  await writeSafetensors(join(out, 'latents.safetensors'), latents);
  await writeFileAtomic(join(out, 'index.json'), indexOf(truncation, generator.resolution));
  const sheet = join(out, 'sheet.png');
  await writePicture(sheet, contactSheet(onSheet));
  return sheet;
}

function sampleName(seed: number): string {
  return `seed${String(seed).padStart(3, '0')}`;
}

/** The index of an annotation folder in which nothing is labelled yet. */
function indexOf(psi: number, size: number): string {
  const { classes } = classSet('face-10');
  const index = { psi, size, classes: classes.map(({ name }) => name), samples: [] };
  return `${JSON.stringify(index, null, 2)}\n`;
}
