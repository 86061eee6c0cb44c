import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from '@oneface/common/errors/errors';
import { NumpyRandom } from '@oneface/trainer/random/numpy-random';
import { tf } from '@oneface/trainer/tensorflow/tensorflow';
import { readSafetensors, writeSafetensors } from '@oneface/trainer/tensors/safetensors-file';
import type { Tensor } from '@oneface/trainer/tensors/tensor';
import { ScheduledAdam } from '@oneface/trainer/training/scheduled-adam';
import { type TrainingContext, type TrainingPlan, train } from '@oneface/trainer/training/train';
import type { Trainable } from '@oneface/trainer/training/trainable';
import test, { type ExecutionContext } from 'ava';
import { temporaryFolder } from '../support/temporary-folder.js';

const STEPS = 30;
/** More milliseconds than lie between two checkpoints. */
const LONG = 60_000;

/** A plane through points: the smallest network with a matrix and a bias. */
class Plane implements Trainable {
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
function planOf(network: Plane, changes: Partial<TrainingPlan> = {}): TrainingPlan {
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

async function contextOf(
  t: ExecutionContext,
  changes: Partial<TrainingContext> = {},
): Promise<TrainingContext> {
  const checkpoint = join(await temporaryFolder(t), 'scratch', 'checkpoint.safetensors');
  return { checkpoint, report: () => {}, now: () => 0, ...changes };
}

/** A clock by which every look at it comes after the time for a checkpoint. */
function impatient(): () => number {
  let time = 0;
  return () => {
    time += LONG;
    return time;
  };
}

function differs(a: Plane, b: Plane): number {
  const [x, y] = [a, b].map((plane) => [...plane.weights().values()].flatMap(({ data }) => [...data]));
  return Math.max(...x.map((value, i) => Math.abs(value - y[i])));
}

async function unbroken(t: ExecutionContext): Promise<Plane> {
  const network = new Plane();
  await train(planOf(network), await contextOf(t));
  return network;
}

test('training goes down the loss and reports every step', async (t) => {
  const network = new Plane();
  const reports: Parameters<TrainingContext['report']>[] = [];
  const context = await contextOf(t, { report: (...report) => reports.push(report) });
  await train(planOf(network, { rate: () => 0.1 }), context);
  t.deepEqual(
    reports.map(([done, total]) => [done, total]),
    Array.from({ length: STEPS }, (_, step) => [step + 1, STEPS]),
  );
  const [first, last] = [reports[0], reports[STEPS - 1]].map(([, , detail]) =>
    Number(detail?.replace('loss ', '')),
  );
  t.true(last < first / 2, `${first}, ${last}`);
});

test('a run that was killed goes on from its checkpoint and ends with the weights of an unbroken run', async (t) => {
  const context = await contextOf(t, { now: impatient() });
  const killed = new Plane();
  const plan = planOf(killed);
  const dies = {
    ...plan,
    loss: (step: number) => {
      if (step === 17) throw new Error('killed');
      return plan.loss(step);
    },
  };
  await t.throwsAsync(train(dies, context), { message: 'killed' });
  const resumed = new Plane();
  const steps: number[] = [];
  await train(planOf(resumed), { ...context, report: (done) => steps.push(done) });
  t.is(steps[0], 18);
  t.true(differs(resumed, await unbroken(t)) < 1e-6);
  t.true(differs(killed, resumed) > 1e-3);
});

test('an interrupted run writes a checkpoint, and the next one goes on there', async (t) => {
  const interruption = new AbortController();
  const context = await contextOf(t);
  const network = new Plane();
  await t.throwsAsync(
    train(planOf(network), {
      ...context,
      signal: interruption.signal,
      report: (done) => {
        if (done === 7) interruption.abort(new Error('interrupted'));
      },
    }),
    { message: 'interrupted' },
  );
  t.is((await readSafetensors(context.checkpoint)).metadata.step, '7');
  const resumed = new Plane();
  const steps: number[] = [];
  await train(planOf(resumed), { ...context, report: (done) => steps.push(done) });
  t.is(steps[0], 8);
  t.true(differs(resumed, await unbroken(t)) < 1e-6);
});

test('a run that is interrupted before its first step loses nothing', async (t) => {
  const context = await contextOf(t);
  const signal = AbortSignal.abort(new Error('interrupted'));
  await t.throwsAsync(train(planOf(new Plane()), { ...context, signal }), { message: 'interrupted' });
  const resumed = new Plane();
  await train(planOf(resumed), context);
  t.is(differs(resumed, await unbroken(t)), 0);
});

test('a checkpoint is written when its time has come, and not before', async (t) => {
  const context = await contextOf(t);
  await train(planOf(new Plane()), context);
  t.false(existsSync(context.checkpoint));
  await train(planOf(new Plane()), { ...context, now: impatient() });
  t.is((await readSafetensors(context.checkpoint)).metadata.step, String(STEPS));
});

test('a checkpoint of a finished run leaves nothing to do', async (t) => {
  const context = await contextOf(t, { now: impatient() });
  const first = new Plane();
  await train(planOf(first), context);
  const again = new Plane();
  await train(planOf(again), { ...context, report: () => t.fail() });
  t.is(differs(first, again), 0);
});

test('a checkpoint of another network is refused, and a damaged one too', async (t) => {
  const context = await contextOf(t, { now: impatient() });
  await train(planOf(new Plane()), context);
  const { checkpoint } = context;
  await t.throwsAsync(train(planOf(new Plane(5)), context), { instanceOf: InputError });

  const { tensors } = await readSafetensors(checkpoint);
  for (const step of ['-1', '1.5', 'x']) {
    await writeSafetensors(checkpoint, tensors, { step });
    await t.throwsAsync(train(planOf(new Plane()), context), {
      instanceOf: InputError,
      message: `Expected a step count for ${checkpoint} but received "${step}"`,
    });
  }
  await writeSafetensors(
    checkpoint,
    new Map([...tensors].filter(([name]) => !name.startsWith('optimizer/'))),
    {
      step: '3',
    },
  );
  await t.throwsAsync(train(planOf(new Plane()), context), {
    instanceOf: InputError,
    message: /^Expected moments/,
  });
  await writeFile(checkpoint, 'torn');
  await t.throwsAsync(train(planOf(new Plane()), context), {
    instanceOf: InputError,
    message: /safetensors/,
  });
});

test('a loss that is no number ends the run', async (t) => {
  const loss = () => tf.scalar(Number.NaN).mul(tf.scalar(1)).asScalar();
  const network = new Plane();
  const plan = planOf(network);
  const lost = {
    ...plan,
    loss: (step: number) => (step < 3 ? plan.loss(step) : plan.loss(step).mul(loss()).asScalar()),
  };
  await t.throwsAsync(train(lost, await contextOf(t)), {
    instanceOf: InputError,
    message: 'Expected a finite loss for training step 4 but received NaN',
  });
});

test.serial('a run of many steps keeps no tensors', async (t) => {
  const plan = planOf(new Plane());
  const context = await contextOf(t, { now: impatient() });
  const counts: number[] = [];
  await train(plan, { ...context, report: () => counts.push(tf.memory().numTensors) });
  t.is(counts[STEPS - 1], counts[2]);
});
