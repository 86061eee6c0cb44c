import { expected } from '@oneface/common/errors/errors';
import { tf } from '../tensorflow/tensorflow.js';
import type { Tensor } from '../tensors/tensor.js';

const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;

/**
 * What tfjs multiplies up from step to step: beta^(steps + 1). From a step count alone, its `setWeights` can
 * only compute them by another way, which rounds to other bits.
 */
const POWERS = ['accBeta1', 'accBeta2'] as const;

/**
 * Adam (Kingma & Ba 2015) whose rate is set for each step, with two forms of weight decay:
 * `coupled` adds decay x weight to the gradient as PyTorch's Adam does, `decoupled` shrinks the weight
 * itself as AdamW does (Loshchilov & Hutter 2019).
 */
export class ScheduledAdam extends tf.AdamOptimizer {
  readonly #decay: number;
  readonly #coupled: boolean;

  constructor(decay: { readonly weight: number; readonly form: 'coupled' | 'decoupled' }) {
    super(0, BETA1, BETA2, EPSILON);
    this.#decay = decay.weight;
    this.#coupled = decay.form === 'coupled';
  }

  /**
   * One step down the gradient of `loss`.
   *
   * @param rate the step's learning rate
   * @param loss scalar
   * @param variables what is trained; those of rank 1 (biases, gains) are not decayed in the decoupled form
   * @returns the loss before the step
   */
  step(rate: number, loss: () => tf.Scalar, variables: tf.Variable[]): number {
    this.learningRate = rate;
    return tf.tidy(() => {
      const { value, grads } = tf.variableGrads(loss, variables);
      for (const variable of variables) {
        const gradient = grads[variable.name];
        if (gradient === undefined || this.#decay === 0) continue;
        if (this.#coupled) grads[variable.name] = gradient.add(variable.mul(this.#decay));
        else if (variable.rank > 1) variable.assign(variable.mul(1 - rate * this.#decay));
      }
      this.applyGradients(Object.entries(grads).map(([name, tensor]) => ({ name, tensor })));
      return value.dataSync()[0] as number;
    });
  }

  /** The optimiser's step count, moments and powers of beta, for a checkpoint; no moments before the first step. */
  async state(): Promise<Map<string, Tensor>> {
    const named = await this.getWeights();
    const state = named.map(({ tensor }, index): [string, Tensor] => [
      String(index),
      { shape: tensor.shape, data: Float32Array.from(tensor.dataSync()) },
    ]);
    // The step count, unlike the moments, is a tensor made for this call.
    named[0].tensor.dispose();
    for (const name of POWERS) {
      state.push([name, { shape: [], data: Float32Array.from(this.#powers[name].dataSync()) }]);
    }
    return new Map(state);
  }

  /**
   * Takes a state as `state` gives it: the steps that follow give the very bits of an optimiser that went on.
   *
   * @param variables the variables it was made for, in the same order
   * @throws InputError when a part of it is missing
   */
  async restore(state: ReadonlyMap<string, Tensor>, variables: readonly tf.Variable[]): Promise<void> {
    const moments = ['m', 'v'].flatMap((moment) => variables.map(({ name }) => `${name}/${moment}`));
    const stored = (key: string, what: string, name: string): Tensor => {
      const tensor = state.get(key);
      if (tensor === undefined) throw expected(what, 'the checkpoint', `none for ${name}`);
      return tensor;
    };
    const powers = POWERS.map((name) => [name, stored(name, 'the powers of beta', name)] as const);
    const named = ['iter', ...moments].map((name, index) => {
      const tensor = stored(String(index), 'moments for every weight', name);
      const dtype = name === 'iter' ? 'int32' : 'float32';
      return { name, tensor: tf.tensor(tensor.data, [...tensor.shape], dtype) };
    });
    await this.setWeights(named);
    tf.dispose(named.map(({ tensor }) => tensor));
    for (const [name, { data }] of powers) tf.tidy(() => this.#powers[name].assign(tf.scalar(data[0])));
  }

  /** tfjs declares them private. */
  get #powers(): Record<(typeof POWERS)[number], tf.Variable> {
    return this as unknown as Record<(typeof POWERS)[number], tf.Variable>;
  }
}
