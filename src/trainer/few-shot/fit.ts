import { IGNORED_LABEL } from '@oneface/common/classes/class-sets';
import type { LabelMap } from '@oneface/common/images/raster';
import { NumpyRandom } from '../random/numpy-random.js';
import { randomAt } from '../random/seeded-random.js';
import { tf } from '../tensorflow/tensorflow.js';
import { ScheduledAdam } from '../training/scheduled-adam.js';
import { type TrainingContext, train } from '../training/train.js';
import { type FeatureStatistics, type FewShotHead, FewShotSegmenter } from './network.js';

const DROPOUT_SEEDS = 2 ** 31;

/** How the few-shot segmenter is trained; see `hyperparameters.ts` for the values and their source. */
export interface FitSettings {
  readonly epochs: number;
  readonly learningRate: number;
  /** Factor on the learning rate after every `decayEvery` epochs. */
  readonly decay: number;
  readonly decayEvery: number;
  readonly weightDecay: number;
  /** Probability that a step sees features and mask mirrored. */
  readonly flip: number;
  readonly head: FewShotHead;
  readonly seed: number;
}

/** A labelled generated picture, as the generator's features. */
export interface FitExample {
  /** One tensor for each feature layer: [1, size, size, channels] */
  readonly features: readonly tf.Tensor4D[];
  readonly mask: LabelMap;
}

/**
 * Trains a few-shot segmenter, one picture a step.
 *
 * @param examples the k pictures of a k-shot run
 * @param classes number of labels
 * @param statistics what features are normalised by
 */
export async function fitFewShot(
  examples: readonly FitExample[],
  classes: number,
  statistics: FeatureStatistics,
  settings: FitSettings,
  context: TrainingContext,
): Promise<FewShotSegmenter> {
  const random = new NumpyRandom(settings.seed);
  const featureChannels = (examples[0] as FitExample).features.map((layer) => layer.shape[3]);
  const shape = { featureChannels, classes, head: settings.head };
  const network = new FewShotSegmenter(shape, (count) => random.randn(count));
  network.setStatistics(statistics);
  const optimizer = new ScheduledAdam({ weight: settings.weightDecay, form: 'coupled' });
  const targets = examples.map(({ mask }) => targetOf(mask, classes));
  const epochOf = (step: number) => Math.floor(step / examples.length);
  await train(
    {
      network,
      optimizer,
      steps: settings.epochs * examples.length,
      rate: (step) =>
        settings.learningRate * settings.decay ** Math.floor(epochOf(step) / settings.decayEvery),
      loss: (step) => {
        const index = step % examples.length;
        const { features, mask } = examples[index] as FitExample;
        const draw = randomAt(settings.seed, 'fit', step);
        const mirrored = draw() < settings.flip;
        const dropoutSeed = Math.floor(draw() * DROPOUT_SEEDS);
        const seen = mirrored ? features.map(mirror) : features;
        const logits = network.logits(seen, mask.width, dropoutSeed);
        const { oneHot, count } = targets[index] as Target;
        return tf
          .logSoftmax(logits)
          .mul(mirrored ? mirror(oneHot) : oneHot)
          .sum()
          .div(-count)
          .asScalar();
      },
    },
    context,
  );
  tf.dispose(targets.map(({ oneHot }) => oneHot));
  optimizer.dispose();
  return network;
}

function mirror(x: tf.Tensor4D): tf.Tensor4D {
  return tf.reverse(x, 2);
}

interface Target {
  /** [1, height, width, classes]; all zero where the mask is ignored */
  readonly oneHot: tf.Tensor4D;
  /** Pixels that count. */
  readonly count: number;
}

function targetOf({ data, width, height }: LabelMap, classes: number): Target {
  const oneHot = new Float32Array(data.length * classes);
  let count = 0;
  data.forEach((label, pixel) => {
    if (label === IGNORED_LABEL) return;
    oneHot[pixel * classes + label] = 1;
    count++;
  });
  return { oneHot: tf.tensor4d(oneHot, [1, height, width, classes]), count };
}
