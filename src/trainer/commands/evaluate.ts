import { MASK_LABELS } from '../evaluation/dataset.js';
import { evaluationTable } from '../evaluation/evaluation-table.js';
import { runEvaluation } from '../evaluation/run-evaluation.js';
import { QUANTIZATION } from '../hyperparameters.js';
import { ConsoleProgress } from '../progress/console-progress.js';
import { interruptible } from '../progress/interruptible.js';
import { evaluateStage } from '../stages/evaluate.js';
import { type CommandArguments, type CommandIo, defineCommand } from './command.js';
import { integerOption, numberOption, requiredOption, usageError } from './options.js';
import { runStage } from './stage-command.js';

const options = {
  run: {
    type: 'string',
    value: 'DIR',
    description: 'Run folder: measures the models of its stage quantize, as a pipeline does, for bundle.',
  },
  photos: { type: 'string', value: 'DIR', description: 'Folder of photos and masks.' },
  labels: {
    type: 'string',
    value: 'LABELS',
    description: `What the numbers in the masks mean: ${MASK_LABELS.join(', ')}.`,
  },
  'class-set': { type: 'string', value: 'ID', description: "Class set to measure in; the model's own." },
  limit: { type: 'string', value: 'COUNT', description: 'Takes the first so many photos alone.' },
  out: { type: 'string', value: 'DIR', description: 'Folder for the report: JSON, table, picture sheet.' },
  'largest-loss': {
    type: 'string',
    value: 'POINTS',
    description: `With --run: mIoU that int8 may lose (default: ${QUANTIZATION.largestLoss}).`,
  },
} as const;

export const evaluateCommand = defineCommand({
  name: 'evaluate',
  summary: 'Measures float and int8 models on a folder of photos (images/) and masks (masks/).',
  usage: 'MODEL.onnx... --photos DIR --labels LABELS --out DIR, or --run DIR [--photos DIR --labels LABELS]',
  options,
  run: (args, io) => (args.values.run === undefined ? measureFiles(args, io) : measureRun(args, io)),
});

type Arguments = CommandArguments<typeof options>;

async function measureFiles(
  { values, positionals }: Arguments,
  { stdout, stderr, signal, now }: CommandIo,
): Promise<void> {
  if (positionals.length === 0) throw usageError('at least one file', 'MODEL.onnx', undefined);
  if (values['largest-loss'] !== undefined) throw usageError('--run', '--largest-loss', 'model files');
  const dataset = requiredOption('--photos', values.photos);
  const labels = requiredOption('--labels', values.labels);
  const out = requiredOption('--out', values.out);
  const classSet = values['class-set'];
  const limit = values.limit === undefined ? undefined : integerOption('--limit', values.limit, { min: 1 });
  const settings = {
    dataset,
    labels,
    out,
    ...(classSet === undefined ? {} : { classSet }),
    ...(limit === undefined ? {} : { limit }),
  };
  const given = Object.entries(values).map(([name, value]) => `--${name} ${value}`);
  const command = ['oneface-trainer evaluate', ...positionals, ...given].join(' ');
  const display = new ConsoleProgress(stderr, { now });
  const report = interruptible(display.begin('evaluate'), signal);
  const evaluation = await runEvaluation({ models: positionals, command, ...settings }, report).finally(() =>
    display.end(),
  );
  stdout.write(`${evaluationTable(evaluation)}\n`);
}

async function measureRun({ values, positionals }: Arguments, io: CommandIo): Promise<void> {
  const { run, 'largest-loss': loss, ...params } = values;
  if (positionals.length > 0) throw usageError('no model file', '--run', positionals[0]);
  const largestLoss = loss === undefined ? {} : { largestLoss: numberOption('--largest-loss', loss) };
  await runStage(evaluateStage, requiredOption('--run', run), { ...params, ...largestLoss }, io);
}
