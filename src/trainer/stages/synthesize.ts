import { join } from 'node:path';
import { Type } from '@sinclair/typebox';
import { readFewShot } from '../few-shot/few-shot-file.js';
import { openGenerator } from '../gan/open-generator.js';
import { SYNTHESIS } from '../hyperparameters.js';
import { writePicture } from '../images/write-picture.js';
import { defineStage } from '../pipeline/stage.js';
import { writeHeldOut } from '../synthesis/held-out.js';
import { labelSheet } from '../synthesis/label-sheet.js';
import { readSoftLabels } from '../synthesis/soft-labels.js';
import { labelSeeds, synthesize } from '../synthesis/synthesize.js';

/** Pictures on the sheet that shows what the few-shot segmenter made of them. */
const SHEET_PICTURES = 32;
/** Held-out seeds end where the others start. */
const heldOutSeeds = (first: number, count: number) =>
  Array.from({ length: count }, (_, index) => first - count + index);

/** Generates pictures with soft labels, and some more that are kept from training. */
export const synthesizeStage = defineStage({
  name: 'synthesize',
  version: 1,
  after: ['fit'],
  params: Type.Object({
    generator: Type.String({ description: 'Folder of an imported generator.' }),
    count: Type.Integer({ minimum: 1, default: SYNTHESIS.count, description: 'Pictures to generate.' }),
    truncationLow: Type.Number({ minimum: 0, maximum: 2, default: SYNTHESIS.truncationLow }),
    truncationHigh: Type.Number({ minimum: 0, maximum: 2, default: SYNTHESIS.truncationHigh }),
    firstSeed: Type.Integer({ minimum: 10_000, maximum: 2 ** 31, default: SYNTHESIS.firstSeed }),
    heldOut: Type.Integer({ minimum: 1, maximum: 10_000, default: SYNTHESIS.heldOut }),
  }),
  inputs: ({ generator }) => [generator],
  async run(params, context) {
    const generator = await openGenerator(context.file(params.generator));
    const fewShot = join(context.input('fit'), 'few-shot.safetensors');
    const segmenter = await readFewShot(fewShot, generator.featureChannels);
    const settings = {
      count: params.count,
      truncation: [params.truncationLow, params.truncationHigh] as const,
      firstSeed: params.firstSeed,
      labelSize: generator.resolution,
    };
    await synthesize(generator, segmenter, settings, context.out, context.report, context.signal);
    const { network, classSet } = segmenter;
    const heldOut = labelSeeds(generator, network, heldOutSeeds(params.firstSeed, params.heldOut), settings);
    await writeHeldOut(join(context.out, 'held-out'), heldOut, classSet);
    const { entries } = await readSoftLabels(context.out);
    await writePicture(
      join(context.out, 'sheet.png'),
      labelSheet(entries.slice(0, SHEET_PICTURES), classSet),
    );
  },
});
