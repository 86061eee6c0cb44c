import { join } from 'node:path';
import { expected } from '@oneface/common/errors/errors';
import type { Raster } from '@oneface/common/images/raster';
import { Type } from '@sinclair/typebox';
import { readAnnotations } from '../annotations/annotation-set.js';
import { featureStatistics } from '../few-shot/feature-statistics.js';
import { writeFewShot } from '../few-shot/few-shot-file.js';
import { fitFewShot } from '../few-shot/fit.js';
import { FEW_SHOT_HEADS, type FewShotHead } from '../few-shot/network.js';
import { openGenerator } from '../gan/open-generator.js';
import { toRasters } from '../gan/pictures.js';
import { FEW_SHOT } from '../hyperparameters.js';
import { defineStage } from '../pipeline/stage.js';
import { tf } from '../tensorflow/tensorflow.js';
import { writeSources } from './sources.js';

/** Grey levels, in the mean, that other arithmetic or a lossy file may put between two equal pictures. */
const MOST_DIFFERENCE = 4;

/** Trains the few-shot segmenter on labelled generated pictures. */
export const fitStage = defineStage({
  name: 'fit',
  version: 2,
  after: [],
  params: Type.Object({
    generator: Type.String({ description: 'Folder of an imported generator.' }),
    annotations: Type.String({ description: 'Folder of labelled generated pictures.' }),
    shots: Type.Integer({ minimum: 1, default: FEW_SHOT.shots, description: 'Labelled pictures to use.' }),
    epochs: Type.Integer({
      minimum: 1,
      default: FEW_SHOT.epochs,
      description: 'Times each picture is seen.',
    }),
    learningRate: Type.Number({ exclusiveMinimum: 0, default: FEW_SHOT.learningRate }),
    decay: Type.Number({ exclusiveMinimum: 0, maximum: 1, default: FEW_SHOT.decay }),
    decayEvery: Type.Integer({ minimum: 1, default: FEW_SHOT.decayEvery }),
    weightDecay: Type.Number({ minimum: 0, default: FEW_SHOT.weightDecay }),
    flip: Type.Number({ minimum: 0, maximum: 1, default: FEW_SHOT.flip }),
    head: Type.Unsafe<FewShotHead>(
      Type.Union(
        FEW_SHOT_HEADS.map((head) => Type.Literal(head)),
        { default: FEW_SHOT.head },
      ),
    ),
    seed: Type.Integer({ minimum: 0, default: 0 }),
  }),
  inputs: ({ generator, annotations }) => [generator, annotations],
  async run(params, context) {
    const generator = await openGenerator(context.file(params.generator));
    const folder = context.file(params.annotations);
    const { psi, classSet, samples } = await readAnnotations(folder, params.shots);
    const examples = samples.map(({ name, latent, mask, picture }) => {
      if (latent.length !== generator.latentSize) {
        throw expected(`a latent of ${generator.latentSize} values`, `${name} in ${folder}`, latent.length);
      }
      const z = tf.tensor2d(latent, [1, latent.length]);
      const made = generator.synthesize(generator.truncate(generator.map(z), psi));
      requireSamePicture(toRasters(made.picture)[0], picture, `${name} in ${folder}`);
      return { features: made.features, mask };
    });
    await writeSources(context.out, context.file(params.generator), folder);
    const { report, log, signal, now } = context;
    const checkpoint = join(context.scratch, 'checkpoint.safetensors');
    const training = { checkpoint, report, log, signal, now };
    const classes = classSet.classes.length;
    const statistics = featureStatistics(generator, psi);
    const network = await fitFewShot(examples, classes, statistics, params, training);
    await writeFewShot(join(context.out, 'few-shot.safetensors'), network, classSet);
  },
});

/** A mask teaches nothing but nonsense when the generator makes another picture than the one that was labelled. */
function requireSamePicture(made: Raster, labelled: Raster, subject: string): void {
  const what = 'the picture that the generator makes from its latent';
  if (made.width !== labelled.width || made.height !== labelled.height) {
    throw expected(what, subject, `one of ${labelled.width}x${labelled.height} pixels`);
  }
  const sum = made.data.reduce((total, value, at) => total + Math.abs(value - labelled.data[at]), 0);
  const difference = sum / made.data.length;
  if (difference > MOST_DIFFERENCE) {
    throw expected(what, subject, `one that differs by ${difference.toFixed(1)} grey levels`);
  }
}
