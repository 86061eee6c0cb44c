import { existsSync } from 'node:fs';
import { InputError } from '@oneface/common/errors/errors';
import { tf } from '@oneface/trainer/tensorflow/tensorflow';
import { readSafetensors } from '@oneface/trainer/tensors/safetensors-file';
import { type TrainingContext, train } from '@oneface/trainer/training/train';
import test from 'ava';
import { contextOf, differs, impatient, Plane, planOf, STEPS, unbroken } from './plane.js';

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
      if (step === 20) throw new Error('killed');
      return plan.loss(step);
    },
  };
  await t.throwsAsync(train(dies, context), { message: 'killed' });
  const resumed = new Plane();
  const steps: number[] = [];
  await train(planOf(resumed), { ...context, report: (done) => steps.push(done) });
  t.is(steps[0], 21);
  t.is(differs(resumed, await unbroken(t)), 0);
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
        if (done === 22) interruption.abort(new Error('interrupted'));
      },
    }),
    { message: 'interrupted' },
  );
  t.is((await readSafetensors(context.checkpoint)).metadata.step, '22');
  const resumed = new Plane();
  const steps: number[] = [];
  await train(planOf(resumed), { ...context, report: (done) => steps.push(done) });
  t.is(steps[0], 23);
  t.is(differs(resumed, await unbroken(t)), 0);
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
