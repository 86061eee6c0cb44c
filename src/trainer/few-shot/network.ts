import { expected } from '@oneface/common/errors/errors';
import { tf } from '../tensorflow/tensorflow.js';
import type { Tensor } from '../tensors/tensor.js';
import { resizeLinear } from './linear-resize.js';

/**
 * The dilated CNN of "Repurposing GANs for One-shot Semantic Part Segmentation" (Tritrong et al. 2021),
 * as the official code builds it: a 1x1 convolution over all features, then these, then the labels.
 */
const MIXED_CHANNELS = 128;
const DILATED = [
  { rate: 2, filters: 64 },
  { rate: 4, filters: 64 },
  { rate: 8, filters: 64 },
  { rate: 1, filters: 64 },
  { rate: 2, filters: 64 },
  { rate: 4, filters: 64 },
  { rate: 8, filters: 32 },
] as const;
const LEAKY_SLOPE = 0.01;

/** The shape of a few-shot segmenter. */
export interface FewShotShape {
  /** Channels of each of the generator's feature layers, coarse to fine. */
  readonly featureChannels: readonly number[];
  readonly classes: number;
}

/**
 * The few-shot segmenter: from a generator's features to part logits.
 *
 * The first layer is a 1x1 convolution over all features at the output's size. A 1x1 convolution commutes
 * with a linear resize, so each feature layer is mixed at its own size and only the 128 mixed channels are
 * enlarged and added: the same numbers, without ever holding the enlarged features.
 */
export class FewShotSegmenter {
  readonly shape: FewShotShape;
  readonly #variables = new Map<string, tf.Variable>();

  /**
   * @param shape feature channels and number of classes
   * @param normal draws from a standard normal distribution; the start weights
   */
  constructor(shape: FewShotShape, normal: (count: number) => Float32Array) {
    this.shape = shape;
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

  /**
   * Part logits of generated pictures.
   *
   * @param features one tensor for each feature layer: [batch, size, size, channels]
   * @param size side of the logits
   * @returns [batch, size, size, classes]
   */
  logits(features: readonly tf.Tensor4D[], size: number): tf.Tensor4D {
    if (features.length !== this.shape.featureChannels.length) {
      throw expected(`${this.shape.featureChannels.length} feature layers`, 'the segmenter', features.length);
    }
    return tf.tidy(() => {
      const mixed = features.map((layer, index) =>
        resizeLinear(tf.conv2d(layer, this.#weight(`mix.${index}`), 1, 'valid'), size),
      );
      let x = leaky(tf.addN(mixed).add(this.#weight('mix.bias')));
      for (const [index, { rate }] of DILATED.entries()) {
        const out = dilatedConvolution(x, this.#weight(`dilated.${index}`), rate);
        x = leaky(out.add(this.#weight(`dilated.${index}.bias`)));
      }
      const logits = tf.conv2d(x, this.#weight<tf.Tensor4D>('labels'), 1, 'same');
      return logits.add(this.#weight('labels.bias')) as tf.Tensor4D;
    });
  }

  /** A copy of the weights by name, for writing to a file. */
  weights(): Map<string, Tensor> {
    const tensors = new Map<string, Tensor>();
    for (const [name, variable] of this.#variables) {
      tensors.set(name, { shape: variable.shape, data: variable.dataSync<'float32'>() });
    }
    return tensors;
  }

  /**
   * Takes weights as `weights` gives them.
   *
   * @throws InputError when one is missing or has another shape
   */
  setWeights(tensors: ReadonlyMap<string, Tensor>): void {
    for (const [name, variable] of this.#variables) {
      const given = tensors.get(name);
      if (given === undefined || given.shape.join() !== variable.shape.join()) {
        throw expected(`shape ${variable.shape.join('x')}`, `weight "${name}"`, given?.shape.join('x'));
      }
      tf.tidy(() => variable.assign(tf.tensor(given.data, [...given.shape])));
    }
  }

  /** Frees the weights. */
  dispose(): void {
    tf.dispose(this.variables);
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
    const sizes: [string, number[]][] = featureChannels.map((channels, index) => [
      `mix.${index}`,
      [1, 1, channels, MIXED_CHANNELS],
    ]);
    sizes.push(['mix.bias', [MIXED_CHANNELS]]);
    let inputs: number = MIXED_CHANNELS;
    for (const [index, { filters }] of DILATED.entries()) {
      sizes.push([`dilated.${index}`, [3, 3, inputs, filters]], [`dilated.${index}.bias`, [filters]]);
      inputs = filters;
    }
    sizes.push(['labels', [3, 3, inputs, classes]], ['labels.bias', [classes]]);
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
