import { join } from 'node:path';
import { classSet } from '@oneface/common/classes/class-sets';
import { expected } from '@oneface/common/errors/errors';
import { writeFileAtomic } from '../files/atomic-write.js';
import { writePicture } from '../images/write-picture.js';
import type { ReportProgress } from '../progress/progress.js';
import { openDataset } from './dataset.js';
import { type Evaluation, evaluate } from './evaluate.js';
import { evaluationSheet } from './evaluation-sheet.js';
import { evaluationTable } from './evaluation-table.js';
import { readModelFile } from './model-file.js';
import { type OpenModel, openModel } from './open-model.js';

/** What to measure, and where to write what came out. */
export interface EvaluationRun {
  /** ONNX files with their `.spec.json` beside them; differences are told against the first one. */
  readonly models: readonly string[];
  /** Folder with `images` and `masks`. */
  readonly dataset: string;
  /** What the numbers in the masks mean, one of `MASK_LABELS`. */
  readonly labels: string;
  /** Takes only the first so many pictures; all unless given. */
  readonly limit?: number;
  /** Id of the class set to measure in; the first model's own unless given. */
  readonly classSet?: string;
  /** The command that repeats this run, for the report. */
  readonly command: string;
  /** Folder for `evaluation.json`, `evaluation.md` and `evaluation.png`. */
  readonly out: string;
}

/**
 * Measures model files on a folder of photos and masks and writes the report: figures as JSON and as a
 * table, and a sheet of pictures. The sheet shows photos of the folder, so its terms are the folder's.
 *
 * @throws InputError when a file or a setting is unfit
 * @throws IntegrityError when a model is not as its spec says
 */
export async function runEvaluation(run: EvaluationRun, report?: ReportProgress): Promise<Evaluation> {
  if (run.models.length === 0) throw expected('at least one model', 'an evaluation', undefined);
  const dataset = await openDataset(run.dataset, run.labels, run.limit);
  const files = await Promise.all(run.models.map(readModelFile));
  const opened: OpenModel[] = [];
  try {
    for (const { model, spec } of files) opened.push(await openModel(model, spec));
    const models = opened.map((model, index) => ({ ...model, name: files[index].name }));
    const set = classSet(run.classSet ?? files[0].spec.classSet);
    const evaluation = await evaluate(models, dataset, set, report);
    const sheet = await evaluationSheet(evaluation, models, dataset, set);
    const { command, out } = run;
    await writePicture(join(out, 'evaluation.png'), sheet);
    await writeFileAtomic(
      join(out, 'evaluation.md'),
      `${evaluationTable(evaluation)}\nMade by \`${command}\`\n`,
    );
    await writeFileAtomic(
      join(out, 'evaluation.json'),
      `${JSON.stringify({ command, ...evaluation }, null, 2)}\n`,
    );
    return evaluation;
  } finally {
    await Promise.all(opened.map((model) => model.close()));
  }
}
