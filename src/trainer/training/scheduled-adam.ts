import { expected } from '@oneface/common/errors/errors';
import { tf } from '../tensorflow/tensorflow.js';
import type { Tensor } from '../tensors/tensor.js';

const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;

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

  /** The optimiser's moments and step count, for a checkpoint; empty before the first step. */
  async state(): Promise<Map<string, Tensor>> {
    const named = await this.getWeights();
    const state = named.map(({ tensor }, index): [string, Tensor] => [
      String(index),
      { shape: tensor.shape, data: Float32Array.from(tensor.dataSync()) },
    ]);
    // The step count, unlike the moments, is a tensor made for this call.
    named[0].tensor.dispose();
    return new Map(state);
  }

  /**
   * Takes a state as `state` gives it.
   *
   * @param variables the variables it was made for, in the same order
   */
  async restore(state: ReadonlyMap<string, Tensor>, variables: readonly tf.Variable[]): Promise<void> {
    const moments = ['m', 'v'].flatMap((moment) => variables.map(({ name }) => `${name}/${moment}`));
    const named = ['iter', ...moments].map((name, index) => {
      const tensor = state.get(String(index));
      if (tensor === undefined)
        throw expected('moments for every weight', 'the checkpoint', `none for ${name}`);
      const dtype = name === 'iter' ? 'int32' : 'float32';
      return { name, tensor: tf.tensor(tensor.data, [...tensor.shape], dtype) };
    });
    await this.setWeights(named);
    tf.dispose(named.map(({ tensor }) => tensor));
  }
}
