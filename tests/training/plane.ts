import { join } from 'node:path';
import { InputError } from '@oneface/common/errors/errors';
import { NumpyRandom } from '@oneface/trainer/random/numpy-random';
import { tf } from '@oneface/trainer/tensorflow/tensorflow';
import type { Tensor } from '@oneface/trainer/tensors/tensor';
import { ScheduledAdam } from '@oneface/trainer/training/scheduled-adam';
import { type TrainingContext, type TrainingPlan, train } from '@oneface/trainer/training/train';
import type { Trainable } from '@oneface/trainer/training/trainable';
import type { ExecutionContext } from 'ava';
import { temporaryFolder } from '../support/temporary-folder.js';

/** Steps of a whole training. */
export const STEPS = 30;
/** More milliseconds than lie between two checkpoints. */
const LONG = 60_000;

/** A plane through points: the smallest network with a matrix and a bias. */
export class Plane implements Trainable {
  readonly #slopes: tf.Variable;
  readonly #shift = tf.variable(tf.zeros([1]));

  constructor(inputs = 4) {
    this.#slopes = tf.variable(tf.zeros([inputs, 1]));
  }

  get variables(): tf.Variable[] {
    return [this.#slopes, this.#shift];
  }

  heights(points: tf.Tensor2D): tf.Tensor {
    return points.matMul(this.#slopes as tf.Tensor2D).add(this.#shift);
  }

  weights(): Map<string, Tensor> {
    const copy = (x: tf.Variable) => ({ shape: x.shape, data: x.dataSync<'float32'>().slice() });
    return new Map([
      ['slopes', copy(this.#slopes)],
      ['shift', copy(this.#shift)],
    ]);
  }

  setWeights(tensors: ReadonlyMap<string, Tensor>): void {
    const put = (x: tf.Variable, { shape, data }: Tensor) => {
      if (shape.join() !== x.shape.join())
        throw new InputError(`Expected another shape but received ${shape}`);
      tf.tidy(() => x.assign(tf.tensor(data, [...shape])));
    };
    put(this.#slopes, tensors.get('slopes') as Tensor);
    put(this.#shift, tensors.get('shift') as Tensor);
  }
}

/** Fits a plane to points that follow from the step's number alone. */
export function planOf(network: Plane, changes: Partial<TrainingPlan> = {}): TrainingPlan {
  return {
    network,
    optimizer: new ScheduledAdam({ weight: 0.01, form: 'decoupled' }),
    steps: STEPS,
    rate: (step) => 0.05 / (1 + step),
    loss: (step) => {
      const points = tf.tensor2d(new NumpyRandom(step).randn(32), [8, 4]);
      const wanted = points.sum(1, true).add(0.5);
      return network.heights(points).sub(wanted).square().mean().asScalar();
    },
    ...changes,
  };
}

/** A training's surroundings: a folder of its own, a clock that stands still, nobody who listens. */
export async function contextOf(
  t: ExecutionContext,
  changes: Partial<TrainingContext> = {},
): Promise<TrainingContext> {
  const checkpoint = join(await temporaryFolder(t), 'scratch', 'checkpoint.safetensors');
  return { checkpoint, report: () => {}, log: () => {}, now: () => 0, ...changes };
}

/** A clock by which every look at it comes after the time for a checkpoint. */
export function impatient(): () => number {
  let time = 0;
  return () => {
    time += LONG;
    return time;
  };
}

/** The largest difference between two planes' weights. */
export function differs(a: Plane, b: Plane): number {
  const [x, y] = [a, b].map((plane) => [...plane.weights().values()].flatMap(({ data }) => [...data]));
  return Math.max(...x.map((value, i) => Math.abs(value - y[i])));
}

/** The plane of a training that nothing disturbed. */
export async function unbroken(t: ExecutionContext): Promise<Plane> {
  const network = new Plane();
  await train(planOf(network), await contextOf(t));
  return network;
}
