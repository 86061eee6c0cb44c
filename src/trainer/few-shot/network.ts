import { expected } from '@oneface/common/errors/errors';
import { tf } from '../tensorflow/tensorflow.js';
import type { Tensor } from '../tensors/tensor.js';
import { assignWeights, copyWeights } from '../training/weights.js';
import { resizeLinear } from './linear-resize.js';

/** What follows the first layer: a name, layers, and how much of the first layer's output training drops. */
interface Head {
  /** Output channels of the 1x1 convolution over all features. */
  readonly mixed: number;
  readonly layers: readonly { readonly kernel: 1 | 3; readonly rate: number; readonly filters: number }[];
  /** Side of the last convolution, to the labels. */
  readonly lastKernel: 1 | 3;
  readonly dropout: number;
}

const dilated = (rate: number, filters: number) => ({ kernel: 3, rate, filters }) as const;

/**
 * The heads of "Repurposing GANs for One-shot Semantic Part Segmentation" (Tritrong et al. 2021).
 *
 * `dilated-cnn`: as the official code builds it. `mlp`: each pixel by its own features alone; wider than the
 * paper's and with dropout. With one labelled picture it labels unseen hair and face shapes better (72.5
 * against 65.4 mIoU on 19 held-out masks), for it cannot learn the one picture's layout by heart.
 */
const HEADS = {
  'dilated-cnn': {
    mixed: 128,
    layers: [
      dilated(2, 64),
      dilated(4, 64),
      dilated(8, 64),
      dilated(1, 64),
      dilated(2, 64),
      dilated(4, 64),
      dilated(8, 32),
    ],
    lastKernel: 3,
    dropout: 0,
  },
  mlp: { mixed: 256, layers: [{ kernel: 1, rate: 1, filters: 128 }], lastKernel: 1, dropout: 0.5 },
} as const satisfies Record<string, Head>;

export type FewShotHead = keyof typeof HEADS;
export const FEW_SHOT_HEADS: readonly FewShotHead[] = ['dilated-cnn', 'mlp'];

/** Slope of the leaky ReLU (official code). */
const LEAKY_SLOPE = 0.01;
/** Keeps a channel that hardly varies from being blown up. */
const LEAST_DEVIATION = 1e-4;

/** The shape of a few-shot segmenter. */
export interface FewShotShape {
  /** Channels of each of the generator's feature layers, coarse to fine. */
  readonly featureChannels: readonly number[];
  readonly classes: number;
  readonly head: FewShotHead;
}

/** Mean and standard deviation of each feature channel, per feature layer: [channels] */
export interface FeatureStatistics {
  readonly mean: readonly Float32Array[];
  readonly deviation: readonly Float32Array[];
}

/**
 * The few-shot segmenter: from a generator's features to part logits.
 *
 * The first layer is a 1x1 convolution over all features at the output's size. A 1x1 convolution commutes
 * with a linear resize, so each feature layer is mixed at its own size and only the 128 mixed channels are
 * enlarged and added: the same numbers, without ever holding the enlarged features.
 *
 * Features are normalised per channel; that is folded into the first layer's weights too.
 */
export class FewShotSegmenter {
  readonly shape: FewShotShape;
  readonly #head: Head;
  readonly #variables = new Map<string, tf.Variable>();
  readonly #statistics = new Map<string, tf.Variable>();

  /**
   * @param shape feature channels, number of classes and head
   * @param normal draws from a standard normal distribution; the start weights
   */
  constructor(shape: FewShotShape, normal: (count: number) => Float32Array) {
    this.shape = shape;
    this.#head = HEADS[shape.head];
    for (const [index, channels] of shape.featureChannels.entries()) {
      this.#statistics.set(`mean.${index}`, tf.variable(tf.zeros([channels]), false));
      this.#statistics.set(`deviation.${index}`, tf.variable(tf.ones([channels]), false));
    }
    for (const [name, size] of this.#sizes()) {
      const count = size.reduce((product, side) => product * side, 1);
      const values = name.endsWith('.bias') ? new Float32Array(count) : normal(count);
      const deviation = name.endsWith('.bias') ? 0 : this.#startDeviation(name, size);
      this.#variables.set(
        name,
        tf.variable(
          tf.tensor(
            values.map((value) => value * deviation),
            [...size],
          ),
        ),
      );
    }
  }

  /** All weights, in a fixed order. */
  get variables(): tf.Variable[] {
    return [...this.#variables.values()];
  }

  /** Sets what the features are normalised by; zero mean and unit deviation until then. */
  setStatistics({ mean, deviation }: FeatureStatistics): void {
    tf.tidy(() => {
      for (const index of this.shape.featureChannels.keys()) {
        this.#statistics.get(`mean.${index}`)?.assign(tf.tensor1d(mean[index]));
        const floor = tf.tensor1d(deviation[index]).maximum(LEAST_DEVIATION);
        this.#statistics.get(`deviation.${index}`)?.assign(floor as tf.Tensor1D);
      }
    });
  }

  /**
   * Part logits of generated pictures.
   *
   * @param features one tensor for each feature layer: [batch, size, size, channels]
   * @param size side of the logits
   * @param dropoutSeed training: drops part of the first layer's output, drawn from this seed
   * @returns [batch, size, size, classes]
   * @throws InputError when the features are those of a generator of other sizes
   */
  logits(features: readonly tf.Tensor4D[], size: number, dropoutSeed?: number): tf.Tensor4D {
    const channels = features.map((layer) => layer.shape[3]);
    if (channels.join() !== this.shape.featureChannels.join()) {
      throw expected(`features of ${this.shape.featureChannels} channels`, 'the segmenter', `${channels}`);
    }
    return tf.tidy(() => {
      let x = leaky(this.#mix(features, size));
      const { dropout, layers } = this.#head;
      if (dropoutSeed !== undefined && dropout > 0) {
        x = tf.dropout(x, dropout, undefined, dropoutSeed) as tf.Tensor4D;
      }
      for (const [index, { rate }] of layers.entries()) {
        const out = dilatedConvolution(x, this.#weight(`hidden.${index}`), rate);
        x = leaky(out.add(this.#weight(`hidden.${index}.bias`)));
      }
      const logits = tf.conv2d(x, this.#weight<tf.Tensor4D>('labels'), 1, 'same');
      return logits.add(this.#weight('labels.bias')) as tf.Tensor4D;
    });
  }

  /** A copy of the weights by name, for writing to a file. */
  weights(): Map<string, Tensor> {
    return copyWeights([...this.#variables, ...this.#statistics]);
  }

  /**
   * Takes weights as `weights` gives them.
   *
   * @throws InputError when one is missing or has another shape
   */
  setWeights(tensors: ReadonlyMap<string, Tensor>): void {
    assignWeights([...this.#variables, ...this.#statistics], tensors);
  }

  /** Frees the weights. */
  dispose(): void {
    tf.dispose([...this.#variables.values(), ...this.#statistics.values()]);
  }

  /** The first layer: sum of the feature layers' shares, each mixed at its own size and then enlarged. */
  #mix(features: readonly tf.Tensor4D[], size: number): tf.Tensor4D {
    let bias: tf.Tensor = this.#weight('mix.bias');
    let sum: tf.Tensor4D | undefined;
    for (const [index, layer] of features.entries()) {
      const channels = this.shape.featureChannels[index];
      const deviation = this.#statistics.get(`deviation.${index}`) as tf.Tensor;
      const mean = this.#statistics.get(`mean.${index}`) as tf.Tensor;
      const kernel = this.#weight(`mix.${index}`).div(deviation.reshape([1, 1, channels, 1]));
      bias = bias.sub(
        mean
          .reshape([1, channels])
          .matMul(kernel.reshape([channels, -1]))
          .flatten(),
      );
      const before: tf.Tensor4D | undefined = sum;
      sum = tf.tidy(() => {
        const mixed = resizeLinear(tf.conv2d(layer, kernel as tf.Tensor4D, 1, 'valid'), size);
        return before === undefined ? mixed : before.add(mixed);
      });
      // All shares at once, each of the output's size, would take gigabytes.
      before?.dispose();
    }
    return (sum as tf.Tensor4D).add(bias);
  }

  #weight<T extends tf.Tensor = tf.Tensor4D>(name: string): T {
    return this.#variables.get(name) as tf.Tensor as T;
  }

  /** PyTorch's default start (He with slope sqrt 5): deviation 1/sqrt(3 fan-in); the parts of the split first layer share one. */
  #startDeviation(name: string, size: readonly number[]): number {
    const [height, width, inputs] = size as [number, number, number, number];
    const all = this.shape.featureChannels.reduce((sum, channels) => sum + channels, 0);
    return 1 / Math.sqrt(3 * (name.startsWith('mix.') ? all : height * width * inputs));
  }

  #sizes(): [string, number[]][] {
    const { featureChannels, classes } = this.shape;
    const { mixed, layers, lastKernel } = this.#head;
    const sizes: [string, number[]][] = featureChannels.map((channels, index) => [
      `mix.${index}`,
      [1, 1, channels, mixed],
    ]);
    sizes.push(['mix.bias', [mixed]]);
    let inputs = mixed;
    for (const [index, { kernel, filters }] of layers.entries()) {
      sizes.push([`hidden.${index}`, [kernel, kernel, inputs, filters]], [`hidden.${index}.bias`, [filters]]);
      inputs = filters;
    }
    sizes.push(['labels', [lastKernel, lastKernel, inputs, classes]], ['labels.bias', [classes]]);
    return sizes;
  }
}

function leaky(x: tf.Tensor): tf.Tensor4D {
  return tf.leakyRelu(x, LEAKY_SLOPE) as tf.Tensor4D;
}

/**
 * 3x3 convolution with holes, zero padding that keeps the size. The picture is dealt out into rate x rate
 * pictures, which an ordinary convolution takes: TensorFlow has no gradient for the form with holes.
 */
function dilatedConvolution(x: tf.Tensor4D, kernel: tf.Tensor4D, rate: number): tf.Tensor4D {
  if (rate === 1) return tf.conv2d(x, kernel, 1, 'same');
  const [, height, width] = x.shape;
  const block = [rate, rate];
  const spare = [(rate - (height % rate)) % rate, (rate - (width % rate)) % rate] as const;
  const dealt = tf.spaceToBatchND(x, block, [
    [0, spare[0]],
    [0, spare[1]],
  ]);
  const convolved = tf.conv2d(dealt, kernel, 1, 'same');
  return tf.batchToSpaceND(convolved, block, [
    [0, spare[0]],
    [0, spare[1]],
  ]);
}
