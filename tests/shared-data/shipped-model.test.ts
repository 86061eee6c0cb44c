import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Evaluation } from '@oneface/trainer/evaluation/evaluate';
import { runEvaluation } from '@oneface/trainer/evaluation/run-evaluation';
import { QUANTIZATION } from '@oneface/trainer/hyperparameters';
import test from 'ava';
import { projectFile, sharedFile } from '../support/paths.js';
import { temporaryFolder } from '../support/temporary-folder.js';

/** Float sums round differently from processor to processor; labels flip for it here and there. */
const TOLERANCE = 0.001;

test('the shipped networks reach the figures on their card, and int8 loses no more than it may', async (t) => {
  const shipped = (name: string) => projectFile(join('models/face-parts', name));
  const { models } = await runEvaluation({
    models: [shipped('float.onnx'), shipped('int8.onnx')],
    dataset: sharedFile('data/celebamask-dev'),
    labels: 'celebamask-19',
    command: 'a test',
    out: await temporaryFolder(t),
  });
  const card: Evaluation = JSON.parse(await readFile(shipped('evaluation.json'), 'utf8'));
  for (const [index, { name, meanIou }] of models.entries()) {
    const stated = Number(card.models[index].meanIou);
    t.true(Math.abs(Number(meanIou) - stated) < TOLERANCE, `${name}: ${meanIou}, the card says ${stated}`);
  }
  const [float, int8] = models.map(({ meanIou }) => 100 * Number(meanIou));
  t.true(float - int8 <= QUANTIZATION.largestLoss, `${float} and ${int8}`);
  t.is(models[1].digest, card.models[1].digest);
});
