import { IGNORED_LABEL } from '@oneface/common/classes/class-sets';
import type { LabelMap } from '@oneface/common/images/raster';
import { NumpyRandom } from '../random/numpy-random.js';
import { tf } from '../tensorflow/tensorflow.js';
import { ScheduledAdam } from '../training/scheduled-adam.js';
import { type TrainingContext, train } from '../training/train.js';
import { FewShotSegmenter } from './network.js';

/** How the few-shot segmenter is trained; see `hyperparameters.ts` for the values and their source. */
export interface FitSettings {
  readonly epochs: number;
  readonly learningRate: number;
  /** Factor on the learning rate after every `decayEvery` epochs. */
  readonly decay: number;
  readonly decayEvery: number;
  readonly weightDecay: number;
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
 */
export async function fitFewShot(
  examples: readonly FitExample[],
  classes: number,
  settings: FitSettings,
  context: TrainingContext,
): Promise<FewShotSegmenter> {
  const random = new NumpyRandom(settings.seed);
  const featureChannels = (examples[0] as FitExample).features.map((layer) => layer.shape[3]);
  const network = new FewShotSegmenter({ featureChannels, classes }, (count) => random.randn(count));
  const optimizer = new ScheduledAdam({ weight: settings.weightDecay, form: 'coupled' });
  const targets = examples.map(({ mask }) => targetOf(mask, classes));
  const epochOf = (step: number) => Math.floor(step / examples.length);
  await train(
    {
      network,
      optimizer,
      steps: settings.epochs * examples.length,
      rate: (step) => settings.learningRate * settings.decay ** Math.floor(epochOf(step) / settings.decayEvery),
      loss: (step) => {
        const index = step % examples.length;
        const { features, mask } = examples[index] as FitExample;
        const logits = network.logits(features, mask.width);
        const { oneHot, count } = targets[index] as Target;
        return tf.logSoftmax(logits).mul(oneHot).sum().div(-count).asScalar();
      },
    },
    context,
  );
  tf.dispose(targets.map(({ oneHot }) => oneHot));
  optimizer.dispose();
  return network;
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
