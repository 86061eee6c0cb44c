import { ConsoleProgress } from '../progress/console-progress.js';
import { defineCommand } from './command.js';
import { numberOption, positionalArguments, requiredOption, seedsOption } from './options.js';

export const sampleCommand = defineCommand({
  name: 'sample',
  summary: 'Generates pictures of seeds, a contact sheet, and the latents to label them with.',
  usage: 'GENERATOR --out DIR [--seeds 0-15] [--truncation 0.7]',
  options: {
    out: { type: 'string', value: 'DIR', description: 'Folder for the pictures.' },
    seeds: { type: 'string', value: 'SEEDS', default: '0-15', description: 'Seeds such as 0-15,42.' },
    truncation: {
      type: 'string',
      value: 'PSI',
      default: '0.7',
      description: 'From 0 (the average face) to 1 (all that the generator knows).',
    },
  },
  async run({ values, positionals }, { stdout, stderr, signal, now }) {
    const [generator] = positionalArguments(positionals, ['GENERATOR']);
    const out = requiredOption('--out', values.out);
    const seeds = seedsOption('--seeds', values.seeds);
    const truncation = numberOption('--truncation', values.truncation, { min: 0, max: 2 });
    const { writeSamples } = await import('../gan/samples.js');
    const display = new ConsoleProgress(stderr, { now });
    const report = display.begin('sample');
    const sheet = await writeSamples({ generator, seeds, truncation, out }, report, signal).finally(() =>
      display.end(),
    );
    stdout.write(`${sheet}\n`);
  },
});
