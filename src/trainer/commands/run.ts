import { ConsoleProgress } from '../progress/console-progress.js';
import { defineCommand } from './command.js';
import { positionalArguments } from './options.js';

export const runCommand = defineCommand({
  name: 'run',
  summary: 'Runs the stages of a pipeline file, from the labelled face to the signed bundle.',
  usage: 'PIPELINE.json',
  options: {},
  async run({ positionals }, { stderr, signal, clock, now }) {
    const [path] = positionalArguments(positionals, ['PIPELINE.json']);
    // Loaded here, for the stages bring TensorFlow along.
    const [{ readPipeline }, { runPipeline }, { STAGES }, { PRESETS }] = await Promise.all([
      import('../pipeline/pipeline-file.js'),
      import('../pipeline/runner.js'),
      import('../pipeline/stage-table.js'),
      import('../pipeline/presets.js'),
    ]);
    const pipeline = await readPipeline(path, { stages: STAGES, presets: PRESETS });
    await runPipeline(pipeline, { display: new ConsoleProgress(stderr, { now }), signal, clock, now });
  },
});
