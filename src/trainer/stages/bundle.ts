import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ModelCard } from '@oneface/common/bundles/model-card';
import { resizeRaster } from '@oneface/common/images/warp';
import { Type } from '@sinclair/typebox';
import { buildBundle } from '../bundling/build-bundle.js';
import { openKeyPair, readPrivateKey } from '../bundling/keys.js';
import { openDataset } from '../evaluation/dataset.js';
import type { Evaluation } from '../evaluation/evaluate.js';
import { readModelFile } from '../evaluation/model-file.js';
import { writeFileAtomic } from '../files/atomic-write.js';
import { readRaster } from '../images/read-picture.js';
import { defineStage } from '../pipeline/stage.js';
import { readSources, type Sources } from './sources.js';

/** Held-out pictures whose masks every device must reproduce bit for bit before it takes the model. */
const GOLDEN_PICTURES = 6;

/** Packs the int8 file with its card and golden pairs into a signed bundle. */
export const bundleStage = defineStage({
  name: 'bundle',
  version: 2,
  after: ['fit', 'synthesize', 'quantize', 'evaluate'],
  params: Type.Object({
    key: Type.Optional(
      Type.String({ description: 'Private key file (PEM). Without one the stage makes a key pair.' }),
    ),
    name: Type.String({ minLength: 1, maxLength: 200, default: 'Face part segmenter' }),
    terms: Type.String({
      minLength: 1,
      maxLength: 4000,
      default: 'The terms of the generator and of the labelled pictures apply.',
      description: 'Terms of use, for the card.',
    }),
  }),
  inputs: ({ key }) => (key === undefined ? [] : [key]),
  async run(params, context) {
    const key =
      params.key === undefined
        ? (await openKeyPair(join(context.out, 'signing'))).key
        : await readPrivateKey(context.file(params.key));
    const { model, spec } = await readModelFile(join(context.input('quantize'), 'int8.onnx'));
    const evaluated = join(context.input('evaluate'), 'held-out', 'evaluation.json');
    const evaluation: Evaluation = JSON.parse(await readFile(evaluated, 'utf8'));
    const heldOut = join(context.input('synthesize'), 'held-out');
    const { samples } = await openDataset(heldOut, spec.classSet, GOLDEN_PICTURES);
    const goldenPictures = await Promise.all(
      samples.map(async ({ picture }) => {
        const raster = await readRaster(picture);
        return resizeRaster(raster, spec.input.width, spec.input.height).data;
      }),
    );
    const card = modelCard(params, evaluation, await readSources(context.input('fit')));
    const bundle = await buildBundle({ model, spec, card, goldenPictures }, key);
    await writeFileAtomic(join(context.out, 'face.oneface'), bundle);
  },
});

function modelCard(
  { name, terms }: { readonly name: string; readonly terms: string },
  { dataset, classSet, models }: Evaluation,
  sources: Sources,
): ModelCard {
  const results = models
    .filter(({ precision, meanIou }) => precision === 'int8' && meanIou !== null)
    .map(({ meanIou }) => ({
      dataset: `${dataset.name} generated pictures, against the few-shot segmenter`,
      pictures: dataset.pictures,
      classSet,
      meanIou: meanIou as number,
    }));
  return {
    name,
    summary:
      'Labels the parts of one face in an aligned crop, for access terminals. It does not tell who somebody is and must not be used to judge people.',
    training:
      'An auto-shot segmenter, distilled from a few-shot segmenter that learned from labelled generated pictures alone.',
    limitations:
      "Learned from generated faces: turned heads, covered faces and faces unlike the generator's are labelled worse.",
    terms,
    results,
    sources,
  };
}
