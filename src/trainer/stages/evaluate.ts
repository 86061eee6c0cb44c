import { join } from 'node:path';
import { IntegrityError } from '@oneface/common/errors/errors';
import { Type } from '@sinclair/typebox';
import { MASK_LABELS } from '../evaluation/dataset.js';
import type { Evaluation } from '../evaluation/evaluate.js';
import { evaluationTable } from '../evaluation/evaluation-table.js';
import { readModelFile } from '../evaluation/model-file.js';
import { runEvaluation } from '../evaluation/run-evaluation.js';
import { QUANTIZATION } from '../hyperparameters.js';
import { defineStage } from '../pipeline/stage.js';
import { interruptible } from '../progress/interruptible.js';

/**
 * Measures the float and the int8 file: on the held-out generated pictures, where the few-shot segmenter's
 * labels are the truth, and on photos with masks where a folder of them is named.
 */
export const evaluateStage = defineStage({
  name: 'evaluate',
  version: 2,
  after: ['synthesize', 'quantize'],
  params: Type.Object({
    photos: Type.Optional(Type.String({ description: 'Folder of photos (images/) and masks (masks/).' })),
    labels: Type.Union(
      MASK_LABELS.map((name) => Type.Literal(name)),
      { default: 'celebamask-19', description: "What the numbers in the photos' masks mean." },
    ),
    largestLoss: Type.Number({
      minimum: 0,
      maximum: 100,
      default: QUANTIZATION.largestLoss,
      description: 'Points of mIoU that the int8 file may lose against the float one.',
    }),
  }),
  inputs: ({ photos }) => (photos === undefined ? [] : [photos]),
  async run({ photos, labels, largestLoss }, context) {
    const models = ['float.onnx', 'int8.onnx'].map((name) => join(context.input('quantize'), name));
    const { spec } = await readModelFile(models[0] as string);
    const folders = [
      {
        name: 'held-out',
        dataset: join(context.input('synthesize'), 'held-out'),
        shown: 'synthesize/held-out',
        labels: spec.classSet,
      },
      ...(photos === undefined
        ? []
        : [{ name: 'photos', dataset: context.file(photos), shown: photos, labels }]),
    ];
    const report = interruptible(context.report, context.signal);
    for (const { name, shown, ...measured } of folders) {
      const out = join(context.out, name);
      // Paths as seen from the run folder: the report must not depend on where that lies.
      const files = 'quantize/float.onnx quantize/int8.onnx';
      const command = `oneface-trainer evaluate ${files} --photos ${shown} --labels ${measured.labels} --out report`;
      const evaluation = await runEvaluation({ ...measured, models, command, out }, report);
      context.log(evaluationTable(evaluation));
      requireSmallLoss(evaluation, largestLoss);
    }
  },
});

/** Stops a run whose quantisation went wrong before its network gets into a bundle. */
function requireSmallLoss({ models, dataset }: Evaluation, largestLoss: number): void {
  const [float, int8] = models.map(({ meanIou }) => 100 * (meanIou ?? 0));
  const loss = float - int8;
  if (loss > largestLoss) {
    throw new IntegrityError(
      `Expected a loss of at most ${largestLoss} mIoU for int8 on ${dataset.name} but received ${loss.toFixed(2)}`,
    );
  }
}
