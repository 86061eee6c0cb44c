import { expected } from '@oneface/common/errors/errors';
import { NumpyRandom } from '../random/numpy-random.js';
import { tf } from '../tensorflow/tensorflow.js';
import {
  biasedActivation,
  EPSILON,
  type ModulatedConvolution,
  modulate,
  sameConvolution,
  upConvolution,
  upsampleSkip,
} from './layers.js';
import type { GeneratorWeights } from './weights.js';

/** The mapping network's layers learn this much slower (StyleGAN2's `lr_mul`), undone at run time. */
const MAPPING_LEARNING_RATE = 0.01;
/** Latents whose mean w stands for an average that the checkpoint lacks (`mean_latent` of rosinality's code). */
const MEAN_LATENTS = 4096;
const MEAN_SEED = 0;

/** Where the per-pixel noise of a styled convolution comes from. */
export type NoiseSource = 'stored' | 'none';

/** What the generator makes of a batch of w. */
export interface Generated {
  /** [batch, resolution, resolution, 3], about -1..1, not clipped */
  readonly picture: tf.Tensor4D;
  /** Output of each styled convolution, coarse to fine: [batch, size, size, channels] */
  readonly features: tf.Tensor4D[];
}

interface StyledConvolution extends ModulatedConvolution {
  readonly up: boolean;
  /** [1, size, size, 1], already times its strength; undefined where the file stores none */
  readonly noise: tf.Tensor4D | undefined;
  readonly bias: tf.Tensor1D;
}

interface ToRgb extends ModulatedConvolution {
  /** [3] */
  readonly bias: tf.Tensor1D;
}

/**
 * The StyleGAN2 generator (Karras et al. 2020) with the skip architecture, run by TensorFlow.
 *
 * Every size is taken from the weights. Holds its tensors until `dispose`.
 */
export class Generator {
  readonly resolution: number;
  readonly latentSize: number;
  /** Channels of each entry of `Generated.features`. */
  readonly featureChannels: readonly number[];
  /** Side in pixels of each entry of `Generated.features`. */
  readonly featureSizes: readonly number[];

  readonly #weights: GeneratorWeights;
  readonly #mapping: { kernel: tf.Tensor2D; bias: tf.Tensor1D }[] = [];
  readonly #constant: tf.Tensor4D;
  readonly #styled: StyledConvolution[] = [];
  readonly #toRgb: ToRgb[] = [];
  #average: tf.Tensor1D | undefined;

  /**
   * @param weights tensors by their names in the native format (see `checkpoints`)
   * @throws InputError when a tensor is missing
   */
  constructor(weights: GeneratorWeights) {
    this.#weights = weights;
    for (let i = 1; weights.has(`style.${i}.weight`); i++) this.#mapping.push(mappingLayer(weights, i));
    this.#constant = weights.keep(() => weights.tensor('input.input').transpose([0, 2, 3, 1]));
    this.#styled.push(styledConvolution(weights, 'conv1', 0));
    this.#toRgb.push(toRgb(weights, 'to_rgb1'));
    for (let i = 0; weights.has(`convs.${i}.conv.weight`); i++) {
      this.#styled.push(styledConvolution(weights, `convs.${i}`, i + 1));
    }
    for (let k = 0; weights.has(`to_rgbs.${k}.conv.weight`); k++) {
      this.#toRgb.push(toRgb(weights, `to_rgbs.${k}`));
    }
    if (weights.has('latent_avg')) {
      this.#average = weights.keep(() => weights.tensor('latent_avg').flatten());
    }
    const [first] = this.#mapping;
    if (first === undefined) throw expected('a mapping network', 'the generator', undefined);
    this.latentSize = first.kernel.shape[0];
    this.featureChannels = this.#styled.map((layer) => layer.bias.shape[0]);
    let size = this.#constant.shape[1];
    this.featureSizes = this.#styled.map((layer) => {
      if (layer.up) size *= 2;
      return size;
    });
    this.resolution = size;
  }

  /**
   * The mapping network.
   *
   * @param z [batch, latentSize], standard normal
   * @returns w [batch, w size]
   */
  map(z: tf.Tensor2D): tf.Tensor2D {
    return tf.tidy(() => {
      let w: tf.Tensor = z.mul(z.square().mean(1, true).add(EPSILON).rsqrt());
      for (const { kernel, bias } of this.#mapping) w = biasedActivation(w.matMul(kernel), bias);
      return w as tf.Tensor2D;
    });
  }

  /**
   * Truncation: draws w towards the average. Psi 1 changes nothing, 0 gives the average face.
   *
   * The average is the checkpoint's own, or else the mean over 4,096 latents of one seed.
   *
   * @param w [batch, w size]
   * @param psi one value, or one for each of the batch
   */
  truncate(w: tf.Tensor2D, psi: number | readonly number[]): tf.Tensor2D {
    this.#average ??= this.#weights.keep<tf.Tensor1D>(() => {
      const values = new NumpyRandom(MEAN_SEED).randn(MEAN_LATENTS * this.latentSize);
      return this.map(tf.tensor2d(values, [MEAN_LATENTS, this.latentSize])).mean(0);
    });
    const average = this.#average;
    return tf.tidy(() => {
      const factor = typeof psi === 'number' ? tf.scalar(psi) : tf.tensor2d([...psi], [psi.length, 1]);
      return average.add(w.sub(average).mul(factor)) as tf.Tensor2D;
    });
  }

  /**
   * The synthesis network.
   *
   * @param w [batch, w size]
   * @param noise the checkpoint's own noise maps, or none
   */
  synthesize(w: tf.Tensor2D, noise: NoiseSource = 'stored'): Generated {
    return tf.tidy(() => {
      const features: tf.Tensor4D[] = [];
      let x = this.#constant.tile([w.shape[0], 1, 1, 1]) as tf.Tensor4D;
      let picture: tf.Tensor4D | undefined;
      for (const [index, layer] of this.#styled.entries()) {
        x = modulate(x, w, layer, layer.up ? upConvolution : sameConvolution);
        if (noise === 'stored' && layer.noise !== undefined) x = x.add(layer.noise);
        x = biasedActivation(x, layer.bias) as tf.Tensor4D;
        features.push(x);
        const rgb = index % 2 === 0 ? this.#toRgb[index / 2] : undefined;
        if (rgb === undefined) continue;
        const layerRgb = modulate(x, w, rgb, sameConvolution).add(rgb.bias) as tf.Tensor4D;
        picture = picture === undefined ? layerRgb : layerRgb.add(upsampleSkip(picture));
      }
      return { picture: picture as tf.Tensor4D, features };
    });
  }

  /** Frees the weights. */
  dispose(): void {
    this.#weights.dispose();
  }
}

function mappingLayer(weights: GeneratorWeights, index: number) {
  const kernel = () => {
    const weight = weights.tensor(`style.${index}.weight`) as tf.Tensor2D;
    return weight.transpose().mul(MAPPING_LEARNING_RATE / Math.sqrt(weight.shape[1]));
  };
  return {
    kernel: weights.keep<tf.Tensor2D>(kernel),
    bias: weights.keep<tf.Tensor1D>(() => weights.tensor(`style.${index}.bias`).mul(MAPPING_LEARNING_RATE)),
  };
}

function modulation(weights: GeneratorWeights, name: string) {
  const affine = () => {
    const weight = weights.tensor(`${name}.conv.modulation.weight`) as tf.Tensor2D;
    return weight.transpose().mul(1 / Math.sqrt(weight.shape[1]));
  };
  return {
    affine: weights.keep<tf.Tensor2D>(affine),
    affineBias: weights.keep<tf.Tensor1D>(() => weights.tensor(`${name}.conv.modulation.bias`)),
  };
}

/** [1, out, in, k, k] as torch stores it, to [k, k, in, out] times 1/sqrt(in * k^2). */
function scaledKernel(weights: GeneratorWeights, name: string): tf.Tensor4D {
  return weights.keep(() => {
    const stored = weights.tensor(`${name}.conv.weight`);
    const [, out, inputs, size] = stored.shape as [number, number, number, number, number];
    const kernel = stored.reshape([out, inputs, size, size]).transpose([2, 3, 1, 0]);
    return kernel.mul(1 / Math.sqrt(inputs * size * size));
  });
}

function storedNoise(weights: GeneratorWeights, name: string, index: number): tf.Tensor4D | undefined {
  const map = `noises.noise_${index}`;
  if (!weights.has(map)) return undefined;
  const strength = `${name}.noise.weight`;
  return weights.keep(() => weights.tensor(map).transpose([0, 2, 3, 1]).mul(weights.tensor(strength)));
}

function styledConvolution(weights: GeneratorWeights, name: string, index: number): StyledConvolution {
  const kernel = scaledKernel(weights, name);
  return {
    ...modulation(weights, name),
    kernel,
    power: weights.keep<tf.Tensor2D>(() => kernel.square().sum([0, 1])),
    up: index % 2 === 1,
    noise: storedNoise(weights, name, index),
    bias: weights.keep<tf.Tensor1D>(() => weights.tensor(`${name}.activate.bias`)),
  };
}

function toRgb(weights: GeneratorWeights, name: string): ToRgb {
  return {
    ...modulation(weights, name),
    kernel: scaledKernel(weights, name),
    power: undefined,
    bias: weights.keep<tf.Tensor1D>(() => weights.tensor(`${name}.bias`).flatten()),
  };
}
