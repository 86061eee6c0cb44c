import { AUTO_SHOT } from '../hyperparameters.js';
import { tf } from '../tensorflow/tensorflow.js';
import type { Tensor } from '../tensors/tensor.js';
import { assignWeights, copyWeights } from '../training/weights.js';
import {
  type Architecture,
  type FoldedConvolution,
  type FoldedNetwork,
  type Layer,
  PIXELS,
} from './architecture.js';

/** Batch norm's guard against a zero variance (TensorFlow's and PyTorch's order of magnitude). */
const EPSILON = 1e-3;

type Convolution = Extract<Layer, { op: 'conv' }>;

/**
 * The auto-shot segmenter in training: every activated convolution is followed by batch norm (Ioffe &
 * Szegedy 2015), the logits have a bias alone.
 */
export class AutoShotNetwork {
  readonly architecture: Architecture;
  readonly #trained = new Map<string, tf.Variable>();
  readonly #averages = new Map<string, tf.Variable>();

  /**
   * @param architecture the layers
   * @param normal draws from a standard normal distribution; the start weights (He et al. 2015)
   */
  constructor(architecture: Architecture, normal: (count: number) => Float32Array) {
    this.architecture = architecture;
    for (const [layer, inputs] of convolutions(architecture)) {
      const shape = [layer.kernel, layer.kernel, inputs, layer.filters];
      const fanIn = layer.kernel * layer.kernel * inputs;
      const start = normal(fanIn * layer.filters).map((value) => value * Math.sqrt(2 / fanIn));
      this.#trained.set(`${layer.name}.kernel`, tf.variable(tf.tensor(start, shape)));
      this.#trained.set(`${layer.name}.beta`, tf.variable(tf.zeros([layer.filters])));
      if (layer.activation === 'none') continue;
      this.#trained.set(`${layer.name}.gamma`, tf.variable(tf.ones([layer.filters])));
      this.#averages.set(`${layer.name}.mean`, tf.variable(tf.zeros([layer.filters]), false));
      this.#averages.set(`${layer.name}.variance`, tf.variable(tf.ones([layer.filters]), false));
    }
  }

  /** What the optimiser changes, in a fixed order. */
  get variables(): tf.Variable[] {
    return [...this.#trained.values()];
  }

  /**
   * Part logits.
   *
   * @param pixels [batch, inputSize, inputSize, 3], normalised
   * @param training normalise by the batch's own statistics and move the averages towards them
   * @returns [batch, outputSize, outputSize, classes]
   */
  logits(pixels: tf.Tensor4D, training: boolean): tf.Tensor4D {
    return tf.tidy(() => {
      const outputs = new Map<string, tf.Tensor4D>([[PIXELS, pixels]]);
      const output = (name: string) => outputs.get(name) as tf.Tensor4D;
      let last = pixels;
      for (const layer of this.architecture.layers) {
        if (layer.op === 'conv') last = this.#convolve(output(layer.input), layer, training);
        else if (layer.op === 'upsample') last = upsample(output(layer.input));
        else last = tf.concat4d(layer.inputs.map(output), 3);
        outputs.set(layer.name, last);
      }
      return last;
    });
  }

  /** A copy of all weights and averages by name, for writing to a file. */
  weights(): Map<string, Tensor> {
    return copyWeights([...this.#trained, ...this.#averages]);
  }

  /**
   * Takes weights as `weights` gives them.
   *
   * @throws InputError when one is missing or has another shape
   */
  setWeights(tensors: ReadonlyMap<string, Tensor>): void {
    assignWeights([...this.#trained, ...this.#averages], tensors);
  }

  /** Folds batch norm into the convolutions: kernel x gamma/deviation, bias beta - mean x gamma/deviation. */
  fold(): FoldedNetwork {
    const folded = new Map<string, FoldedConvolution>();
    for (const [layer] of convolutions(this.architecture)) {
      const kernel = this.#values(`${layer.name}.kernel`);
      const bias = this.#values(`${layer.name}.beta`);
      if (layer.activation === 'relu') {
        const gamma = this.#values(`${layer.name}.gamma`);
        const mean = this.#values(`${layer.name}.mean`);
        const variance = this.#values(`${layer.name}.variance`);
        for (let filter = 0; filter < layer.filters; filter++) {
          const scale = gamma[filter] / Math.sqrt(variance[filter] + EPSILON);
          bias[filter] -= mean[filter] * scale;
          for (let i = filter; i < kernel.length; i += layer.filters) kernel[i] *= scale;
        }
      }
      const inputs = kernel.length / (layer.kernel * layer.kernel * layer.filters);
      const kernelShape = [layer.kernel, layer.kernel, inputs, layer.filters] as const;
      folded.set(layer.name, { kernel, kernelShape, bias });
    }
    return { architecture: this.architecture, convolutions: folded };
  }

  /** Frees the weights. */
  dispose(): void {
    tf.dispose([...this.#trained.values(), ...this.#averages.values()]);
  }

  #convolve(x: tf.Tensor4D, layer: Convolution, training: boolean): tf.Tensor4D {
    const out = tf.conv2d(x, this.#tensor<tf.Tensor4D>(`${layer.name}.kernel`), layer.stride, 'same');
    const beta = this.#tensor<tf.Tensor1D>(`${layer.name}.beta`);
    if (layer.activation === 'none') return out.add(beta);
    const gamma = this.#tensor<tf.Tensor1D>(`${layer.name}.gamma`);
    const mean = this.#averages.get(`${layer.name}.mean`) as tf.Variable<tf.Rank.R1>;
    const variance = this.#averages.get(`${layer.name}.variance`) as tf.Variable<tf.Rank.R1>;
    if (!training) return tf.relu(tf.batchNorm(out, mean, variance, beta, gamma, EPSILON)) as tf.Tensor4D;
    const { output, batchMean, batchVariance } = batchNormalization(out, gamma, beta);
    moveAverage(mean, batchMean);
    moveAverage(variance, batchVariance);
    return tf.relu(output);
  }

  #tensor<T extends tf.Tensor>(name: string): T {
    return this.#trained.get(name) as tf.Tensor as T;
  }

  #values(name: string): Float32Array {
    const variable = this.#trained.get(name) ?? this.#averages.get(name);
    return (variable as tf.Variable).dataSync<'float32'>().slice();
  }
}

/** Each convolution of an architecture with the number of channels that it reads. */
function* convolutions(architecture: Architecture): Generator<[Convolution, number]> {
  const channels = new Map<string, number>([[PIXELS, 3]]);
  const of = (name: string) => channels.get(name) as number;
  for (const layer of architecture.layers) {
    if (layer.op === 'conv') {
      yield [layer, of(layer.input)];
      channels.set(layer.name, layer.filters);
    } else if (layer.op === 'upsample') channels.set(layer.name, of(layer.input));
    else
      channels.set(
        layer.name,
        layer.inputs.reduce((sum, input) => sum + of(input), 0),
      );
  }
}

function upsample(x: tf.Tensor4D): tf.Tensor4D {
  return tf.image.resizeNearestNeighbor(x, [x.shape[1] * 2, x.shape[2] * 2]);
}

function moveAverage(average: tf.Variable<tf.Rank.R1>, batch: tf.Tensor1D): void {
  average.assign(average.mul(AUTO_SHOT.momentum).add(batch.mul(1 - AUTO_SHOT.momentum)));
}

/** Batch norm by the batch's own statistics, with the gradient written out: a third of the passes over memory. */
function batchNormalization(x: tf.Tensor4D, gamma: tf.Tensor1D, beta: tf.Tensor1D) {
  const { mean, variance } = tf.moments(x, [0, 1, 2]);
  const batchMean = mean as tf.Tensor1D;
  const batchVariance = variance as tf.Tensor1D;
  const normalize = tf.customGrad((...inputs) => {
    const save = inputs.at(-1) as unknown as (tensors: tf.Tensor[]) => void;
    const [input, gain, shift] = inputs as [tf.Tensor4D, tf.Tensor1D, tf.Tensor1D];
    const inverse = batchVariance.add(EPSILON).rsqrt() as tf.Tensor1D;
    const value = tf.batchNorm(input, batchMean, batchVariance, shift, gain, EPSILON);
    save([input, gain, inverse]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [savedInput, savedGain, savedInverse] = saved as [tf.Tensor4D, tf.Tensor1D, tf.Tensor1D];
      const count = savedInput.size / savedGain.size;
      const normalized = savedInput.sub(batchMean).mul(savedInverse);
      const dBeta = dy.sum([0, 1, 2]);
      const dGamma = dy.mul(normalized).sum([0, 1, 2]);
      const centred = dy.sub(normalized.mul(dGamma.div(count))).sub(dBeta.div(count));
      return [centred.mul(savedGain.mul(savedInverse)), dGamma, dBeta];
    };
    return { value, gradFunc };
  });
  return { output: normalize(x, gamma, beta) as tf.Tensor4D, batchMean, batchVariance };
}
