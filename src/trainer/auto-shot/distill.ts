import { NumpyRandom } from '../random/numpy-random.js';
import { randomAt } from '../random/seeded-random.js';
import type { SoftLabelled } from '../synthesis/soft-labels.js';
import { tf } from '../tensorflow/tensorflow.js';
import { ScheduledAdam } from '../training/scheduled-adam.js';
import { type TrainingContext, train } from '../training/train.js';
import type { Architecture } from './architecture.js';
import type { AugmentationRanges } from './augmentation.js';
import { drawBatch } from './batch.js';
import { AutoShotNetwork } from './network.js';

/** How the auto-shot segmenter is trained; see `hyperparameters.ts` for the values and their source. */
export interface DistillSettings {
  readonly steps: number;
  readonly batch: number;
  readonly learningRate: number;
  /** Share of the steps over which the rate rises from zero. */
  readonly warmUp: number;
  readonly weightDecay: number;
  /** Share of the pictures, the most uncertain ones, that is left out. */
  readonly dropUncertain: number;
  readonly seed: number;
  readonly augmentation: AugmentationRanges;
}

/**
 * Trains an auto-shot segmenter on soft labels: weighted cross-entropy, AdamW, the rate rising and then
 * falling along a cosine.
 *
 * @param set pictures with their soft labels; their class count is the architecture's
 */
export async function distill(
  set: readonly SoftLabelled[],
  architecture: Architecture,
  settings: DistillSettings,
  context: TrainingContext,
): Promise<AutoShotNetwork> {
  const random = new NumpyRandom(settings.seed);
  const network = new AutoShotNetwork(architecture, (count) => random.randn(count));
  const optimizer = new ScheduledAdam({ weight: settings.weightDecay, form: 'decoupled' });
  const kept = mostCertain(set, 1 - settings.dropUncertain);
  const weights = tf.tensor1d(classWeights(kept));
  const { inputSize, outputSize, classes } = architecture;
  const sizes = { batch: settings.batch, inputSize, outputSize };
  await train(
    {
      network,
      optimizer,
      steps: settings.steps,
      rate: (step) => settings.learningRate * warmUpThenCosine(step, settings.steps, settings.warmUp),
      loss: (step) => {
        const stream = randomAt(settings.seed, 'batch', step);
        const { pixels, probabilities } = drawBatch(kept, sizes, settings.augmentation, stream);
        const input = tf.tensor4d(pixels, [settings.batch, inputSize, inputSize, 3]);
        const target = tf.tensor4d(probabilities, [settings.batch, outputSize, outputSize, classes]);
        const weighted = target.mul(weights);
        const logProbabilities = tf.logSoftmax(network.logits(input, true));
        return logProbabilities.mul(weighted).sum().neg().div(weighted.sum()).asScalar();
      },
    },
    context,
  );
  weights.dispose();
  optimizer.dispose();
  return network;
}

/** The pictures of lowest uncertainty, in their old order (DatasetGAN, Zhang et al. 2021, section 3.2). */
export function mostCertain(set: readonly SoftLabelled[], share: number): SoftLabelled[] {
  const sorted = set.map(({ uncertainty }) => uncertainty).sort((a, b) => a - b);
  const limit = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] as number;
  return set.filter(({ uncertainty }) => uncertainty <= limit);
}

/**
 * Weight of each class in the loss: 1/sqrt(frequency), scaled to a mean of one over the pixels. Without it
 * the small parts (eyes, brows, ears) stay unlearned for hundreds of steps.
 *
 * @returns [classes]
 */
export function classWeights(set: readonly SoftLabelled[]): Float32Array {
  const [{ classes }] = set as [SoftLabelled];
  const sums = new Float64Array(classes);
  for (const { probabilities } of set) {
    for (let at = 0; at < probabilities.length; at++) sums[at % classes] += probabilities[at];
  }
  const total = sums.reduce((sum, value) => sum + value, 0);
  const raw = sums.map((sum) => 1 / Math.sqrt(Math.max(sum / total, 1 / total)));
  const mean = raw.reduce((sum, weight, label) => sum + (weight * sums[label]) / total, 0);
  return Float32Array.from(raw, (weight) => weight / mean);
}

function warmUpThenCosine(step: number, steps: number, warmUp: number): number {
  const rising = Math.max(1, Math.round(steps * warmUp));
  if (step < rising) return (step + 1) / rising;
  return 0.5 * (1 + Math.cos((Math.PI * (step - rising)) / (steps - rising)));
}
