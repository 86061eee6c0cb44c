import { InputError } from '@oneface/common/errors/errors';
import { NumpyRandom } from '@oneface/trainer/random/numpy-random';
import { tf } from '@oneface/trainer/tensorflow/tensorflow';
import { ScheduledAdam } from '@oneface/trainer/training/scheduled-adam';
import test from 'ava';

type Form = 'coupled' | 'decoupled';

const STEPS = 25;
/** Here beta^steps has other bits when it is not multiplied up. */
const BREAK = 20;
const DECAY = 0.1;
const rate = (step: number) => 0.02 / (1 + step);

/** A matrix and a bias; the loss is sum(curvature x (weight - target)^2) / 2 for both. */
function problem() {
  const random = new NumpyRandom(1);
  const draw = () => ({ matrix: random.randn(6), bias: random.randn(3) });
  return { start: draw(), target: draw(), curvature: draw() };
}

const { start, target, curvature } = problem();

function makeVariables(): [tf.Variable, tf.Variable] {
  return [tf.variable(tf.tensor2d(start.matrix, [2, 3])), tf.variable(tf.tensor1d(start.bias))];
}

function lossOf([matrix, bias]: readonly tf.Variable[]): tf.Scalar {
  const part = (x: tf.Tensor, wanted: Float32Array, bend: Float32Array) =>
    x.flatten().sub(tf.tensor1d(wanted)).square().mul(tf.tensor1d(bend)).sum().div(2);
  return part(matrix, target.matrix, curvature.matrix)
    .add(part(bias, target.bias, curvature.bias))
    .asScalar();
}

/** Adam as Kingma and Ba write it, with the decay of torch.optim.Adam or, for matrices, of torch.optim.AdamW. */
function plainAdam(
  values: Float32Array,
  wanted: Float32Array,
  bend: Float32Array,
  form: Form,
  isMatrix: boolean,
) {
  const weights = Float64Array.from(values);
  const first = new Float64Array(weights.length);
  const second = new Float64Array(weights.length);
  for (let step = 0; step < STEPS; step++) {
    for (const [i, weight] of weights.entries()) {
      const gradient = bend[i] * (weight - wanted[i]) + (form === 'coupled' ? DECAY * weight : 0);
      const kept = form === 'decoupled' && isMatrix ? weight * (1 - rate(step) * DECAY) : weight;
      first[i] = 0.9 * first[i] + 0.1 * gradient;
      second[i] = 0.999 * second[i] + 0.001 * gradient ** 2;
      const mean = first[i] / (1 - 0.9 ** (step + 1));
      const square = second[i] / (1 - 0.999 ** (step + 1));
      weights[i] = kept - (rate(step) * mean) / (Math.sqrt(square) + 1e-8);
    }
  }
  return weights;
}

function agree(actual: tf.Variable, wanted: Float64Array): boolean {
  return [...actual.dataSync()].every((value, i) => Math.abs(value - wanted[i]) < 1e-4);
}

for (const form of ['coupled', 'decoupled'] as const) {
  test(`the ${form} form goes where plain loops go`, (t) => {
    const variables = makeVariables();
    const optimizer = new ScheduledAdam({ weight: DECAY, form });
    for (let step = 0; step < STEPS; step++) optimizer.step(rate(step), () => lossOf(variables), variables);
    t.true(agree(variables[0], plainAdam(start.matrix, target.matrix, curvature.matrix, form, true)));
    t.true(agree(variables[1], plainAdam(start.bias, target.bias, curvature.bias, form, false)));
  });

  test(`the ${form} form goes on from its state as if it had never stopped`, async (t) => {
    const whole = makeVariables();
    const unbroken = new ScheduledAdam({ weight: DECAY, form });
    for (let step = 0; step < STEPS; step++) unbroken.step(rate(step), () => lossOf(whole), whole);

    const variables = makeVariables();
    const before = new ScheduledAdam({ weight: DECAY, form });
    for (let step = 0; step < BREAK; step++) before.step(rate(step), () => lossOf(variables), variables);
    const after = new ScheduledAdam({ weight: DECAY, form });
    const moved = makeVariables();
    for (const [index, variable] of moved.entries()) variable.assign(variables[index]);
    await after.restore(await before.state(), moved);
    before.dispose();
    for (let step = BREAK; step < STEPS; step++) after.step(rate(step), () => lossOf(moved), moved);
    for (const [index, variable] of moved.entries())
      t.deepEqual(variable.dataSync(), whole[index].dataSync());
  });
}

test('a step gives the loss before it, and a rate of zero changes nothing', (t) => {
  const variables = makeVariables();
  const optimizer = new ScheduledAdam({ weight: DECAY, form: 'decoupled' });
  const [loss] = lossOf(variables).dataSync();
  t.is(
    optimizer.step(0, () => lossOf(variables), variables),
    loss,
  );
  t.deepEqual(variables[0].dataSync(), start.matrix);
  t.is(
    optimizer.step(0.01, () => lossOf(variables), variables),
    loss,
  );
  t.notDeepEqual(variables[0].dataSync(), start.matrix);
});

test('a state with too few moments or powers is refused', async (t) => {
  const variables = makeVariables();
  const optimizer = new ScheduledAdam({ weight: 0, form: 'coupled' });
  optimizer.step(0.01, () => lossOf(variables), variables);
  const state = await optimizer.state();
  const powerless = new Map(state);
  powerless.delete('accBeta2');
  await t.throwsAsync(optimizer.restore(powerless, variables), {
    instanceOf: InputError,
    message: 'Expected the powers of beta for the checkpoint but received "none for accBeta2"',
  });
  state.delete('4');
  await t.throwsAsync(optimizer.restore(state, variables), {
    instanceOf: InputError,
    message: /^Expected moments for every weight for the checkpoint but received "none for .*\/v"$/,
  });
});

test.serial('steps and saved states leave no tensor behind', async (t) => {
  const variables = makeVariables();
  const optimizer = new ScheduledAdam({ weight: DECAY, form: 'coupled' });
  optimizer.step(0.01, () => lossOf(variables), variables);
  const { numTensors } = tf.memory();
  for (let step = 0; step < 5; step++) {
    optimizer.step(0.01, () => lossOf(variables), variables);
    await optimizer.state();
  }
  t.is(tf.memory().numTensors, numTensors);
});
