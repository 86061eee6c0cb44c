import { join } from 'node:path';
import { Type } from '@sinclair/typebox';
import { MASK_LABELS } from '../evaluation/dataset.js';
import { evaluationTable } from '../evaluation/evaluation-table.js';
import { readModelFile } from '../evaluation/model-file.js';
import { runEvaluation } from '../evaluation/run-evaluation.js';
import { defineStage } from '../pipeline/stage.js';
import { interruptible } from '../progress/interruptible.js';

/**
 * Measures the float and the int8 file: on the held-out generated pictures, where the few-shot segmenter's
 * labels are the truth, and on photos with masks where a folder of them is named.
 */
export const evaluateStage = defineStage({
  name: 'evaluate',
  version: 1,
  after: ['synthesize', 'quantize'],
  params: Type.Object({
    photos: Type.Optional(Type.String({ description: 'Folder of photos (images/) and masks (masks/).' })),
    labels: Type.Union(
      MASK_LABELS.map((name) => Type.Literal(name)),
      { default: 'celebamask-19', description: "What the numbers in the photos' masks mean." },
    ),
  }),
  inputs: ({ photos }) => (photos === undefined ? [] : [photos]),
  async run({ photos, labels }, context) {
    const models = ['float.onnx', 'int8.onnx'].map((name) => join(context.input('quantize'), name));
    const { spec } = await readModelFile(models[0] as string);
    const folders = [
      { name: 'held-out', dataset: join(context.input('synthesize'), 'held-out'), labels: spec.classSet },
      ...(photos === undefined ? [] : [{ name: 'photos', dataset: context.file(photos), labels }]),
    ];
    const report = interruptible(context.report, context.signal);
    for (const { name, ...measured } of folders) {
      const out = join(context.out, name);
      const command = 'oneface-trainer run';
      const evaluation = await runEvaluation({ ...measured, models, command, out }, report);
      context.log(evaluationTable(evaluation));
    }
  },
});
