import { join } from 'node:path';
import { unet } from '@oneface/trainer/auto-shot/architecture';
import { classWeights, type DistillSettings, distill, mostCertain } from '@oneface/trainer/auto-shot/distill';
import { AUTO_SHOT } from '@oneface/trainer/hyperparameters';
import { randomAt } from '@oneface/trainer/random/seeded-random';
import type { SoftLabelled } from '@oneface/trainer/synthesis/soft-labels';
import type { TrainingContext } from '@oneface/trainer/training/train';
import test, { type ExecutionContext } from 'ava';
import { floatReference } from '../onnx/float-reference.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { softLabelled } from './marked-picture.js';
import { STILL } from './still.js';

const SIDE = 16;
const GRID = SIDE / 2;
const CLASSES = 3;
const ARCHITECTURE = unet(SIDE, CLASSES, [6, 8]);

const SETTINGS: DistillSettings = {
  ...AUTO_SHOT,
  steps: 150,
  batch: 8,
  seed: 0,
  augmentation: {
    ...STILL,
    rotation: 5,
    wide: { translation: 0.1, scale: [0.8, 1.25] },
    flip: 0.5,
    color: 0.1,
    noise: 3,
  },
};

/** A red and a green square on black; labelled by their colour. */
function squares(seed: number): SoftLabelled {
  const random = randomAt(seed, 'squares');
  const labels = new Array<number>(GRID * GRID).fill(0);
  for (const label of [1, 2]) {
    const [top, left] = [Math.floor(random() * (GRID - 3)), Math.floor(random() * (GRID - 3))];
    for (let cell = 0; cell < 9; cell++)
      labels[(top + Math.floor(cell / 3)) * GRID + left + (cell % 3)] = label;
  }
  const data = new Uint8Array(SIDE * SIDE * 3);
  for (let pixel = 0; pixel < SIDE * SIDE; pixel++) {
    const label = labels[Math.floor(pixel / SIDE / 2) * GRID + Math.floor((pixel % SIDE) / 2)];
    if (label > 0) data[pixel * 3 + label - 1] = 220;
  }
  return softLabelled({ width: SIDE, height: SIDE, data }, labels, CLASSES);
}

async function contextOf(
  t: ExecutionContext,
  changes: Partial<TrainingContext> = {},
): Promise<TrainingContext> {
  const checkpoint = join(await temporaryFolder(t), 'checkpoint.safetensors');
  return { checkpoint, report: () => {}, log: () => {}, now: () => 0, ...changes };
}

test('a short distillation learns parts that it can see, in pictures that it has not seen', async (t) => {
  const set = Array.from({ length: 24 }, (_, seed) => squares(seed));
  const network = (await distill(set, ARCHITECTURE, SETTINGS, await contextOf(t))).fold();
  let right = 0;
  let parts = 0;
  for (let seed = 100; seed < 105; seed++) {
    const { picture, probabilities } = squares(seed);
    const { data } = floatReference(network, picture.data);
    for (let cell = 0; cell < GRID * GRID; cell++) {
      const logits = data.subarray(cell * CLASSES, (cell + 1) * CLASSES);
      const truth = probabilities.subarray(cell * CLASSES, (cell + 1) * CLASSES).indexOf(255);
      if (truth === 0) continue;
      parts++;
      if (logits.indexOf(Math.max(...logits)) === truth) right++;
    }
  }
  t.true(parts > 50 && right > 0.8 * parts, `${right} of ${parts}`);
});

test('an interrupted distillation ends with the weights of an unbroken one', async (t) => {
  const set = [1, 2, 3].map(squares);
  const settings = { ...SETTINGS, steps: 10 };
  const unbroken = await distill(set, ARCHITECTURE, settings, await contextOf(t));
  const interruption = new AbortController();
  const context = await contextOf(t);
  await t.throwsAsync(
    distill(set, ARCHITECTURE, settings, {
      ...context,
      signal: interruption.signal,
      report: (done) => {
        if (done === 4) interruption.abort(new Error('interrupted'));
      },
    }),
    { message: 'interrupted' },
  );
  const resumed = await distill(set, ARCHITECTURE, settings, context);
  const wanted = unbroken.weights();
  for (const [name, { data }] of resumed.weights()) {
    const other = wanted.get(name)?.data ?? [];
    t.true(
      data.every((value, i) => Math.abs(value - other[i]) < 1e-4),
      name,
    );
  }
});

test('one seed gives one network, another seed another', async (t) => {
  const set = [1, 2, 3].map(squares);
  const weights = async (seed: number) => {
    const settings = { ...SETTINGS, steps: 3, seed };
    return (await distill(set, ARCHITECTURE, settings, await contextOf(t))).weights();
  };
  const first = await weights(1);
  t.deepEqual(await weights(1), first);
  t.notDeepEqual(await weights(2), first);
});

test('the most uncertain share of a set is left out, the others keep their order', (t) => {
  const uncertain = [0.5, 0.1, 0.9, 0.2, 0.3, 0.8, 0.4, 0.6, 0.7, 0].map((uncertainty, seed) => ({
    ...squares(seed),
    uncertainty,
  }));
  const kept = (share: number) => mostCertain(uncertain, share).map(({ uncertainty }) => uncertainty);
  t.deepEqual(kept(0.9), [0.5, 0.1, 0.2, 0.3, 0.8, 0.4, 0.6, 0.7, 0]);
  t.deepEqual(kept(0.3), [0.1, 0.2, 0]);
  t.deepEqual(kept(1).length, 10);
  t.deepEqual(kept(0), [0]);
});

test('class weights follow one over the root of the frequency, with a mean of one over the pixels', (t) => {
  const shares = [0.81, 0.16, 0.03];
  const labels = Array.from({ length: 400 }, (_, cell) => (cell < 324 ? 0 : cell < 388 ? 1 : 2));
  const picture = { width: 20, height: 20, data: new Uint8Array(1200) };
  const weights = classWeights([softLabelled(picture, labels, CLASSES)]);
  const mean = weights.reduce((sum, weight, label) => sum + weight * shares[label], 0);
  t.true(Math.abs(mean - 1) < 1e-6);
  for (const label of [1, 2]) {
    const wanted = Math.sqrt(shares[0] / shares[label]);
    t.true(Math.abs(weights[label] / weights[0] - wanted) < 1e-5);
  }
});

test('a class that never occurs gets a finite weight', (t) => {
  const weights = classWeights([
    softLabelled(squares(1).picture, new Array<number>(GRID * GRID).fill(0), CLASSES),
  ]);
  t.true(weights.every((weight) => Number.isFinite(weight) && weight > 0));
});
