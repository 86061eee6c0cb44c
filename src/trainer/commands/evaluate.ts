import { MASK_LABELS } from '../evaluation/dataset.js';
import { evaluationTable } from '../evaluation/evaluation-table.js';
import { runEvaluation } from '../evaluation/run-evaluation.js';
import { ConsoleProgress } from '../progress/console-progress.js';
import { defineCommand } from './command.js';
import { integerOption, requiredOption, usageError } from './options.js';

export const evaluateCommand = defineCommand({
  name: 'evaluate',
  summary: 'Measures float and int8 models on a folder of photos (images/) and masks (masks/).',
  usage: 'MODEL.onnx... --photos DIR --labels LABELS --out DIR',
  options: {
    photos: { type: 'string', value: 'DIR', description: 'Folder of photos and masks.' },
    labels: {
      type: 'string',
      value: 'LABELS',
      description: `What the numbers in the masks mean: ${MASK_LABELS.join(', ')}.`,
    },
    'class-set': { type: 'string', value: 'ID', description: "Class set to measure in; the model's own." },
    limit: { type: 'string', value: 'COUNT', description: 'Takes the first so many photos alone.' },
    out: { type: 'string', value: 'DIR', description: 'Folder for the report: JSON, table, picture sheet.' },
  },
  async run({ values, positionals }, { stdout, stderr, now }) {
    if (positionals.length === 0) throw usageError('at least one file', 'MODEL.onnx', undefined);
    const dataset = requiredOption('--photos', values.photos);
    const labels = requiredOption('--labels', values.labels);
    const out = requiredOption('--out', values.out);
    const classSet = values['class-set'];
    const limit = values.limit === undefined ? undefined : integerOption('--limit', values.limit, { min: 1 });
    const command = `oneface-trainer evaluate ${positionals.join(' ')} --photos ${dataset} --labels ${labels} --out ${out}`;
    const display = new ConsoleProgress(stderr, { now });
    const evaluation = await runEvaluation(
      {
        models: positionals,
        dataset,
        labels,
        command,
        out,
        ...(classSet === undefined ? {} : { classSet }),
        ...(limit === undefined ? {} : { limit }),
      },
      display.begin('evaluate'),
    ).finally(() => display.end());
    stdout.write(`${evaluationTable(evaluation)}\n`);
  },
});
