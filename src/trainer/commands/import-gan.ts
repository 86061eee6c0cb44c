import { importGan } from '../checkpoints/import-gan.js';
import { ConsoleProgress } from '../progress/console-progress.js';
import { interruptible } from '../progress/interruptible.js';
import { defineCommand } from './command.js';
import { positionalArguments, requiredOption } from './options.js';

export const importGanCommand = defineCommand({
  name: 'import-gan',
  summary: 'Imports the generator of a StyleGAN2 checkpoint (.pt or .pkl). Nothing in the file is run.',
  usage: 'FILE --out DIR',
  options: {
    out: { type: 'string', value: 'DIR', description: 'Folder for the imported generator.' },
  },
  async run({ values, positionals }, { stdout, stderr, signal, now }) {
    const [file] = positionalArguments(positionals, ['FILE']);
    const out = requiredOption('--out', values.out);
    const display = new ConsoleProgress(stderr, { now });
    const { resolution, zSize, layout } = await importGan(
      file,
      out,
      interruptible(display.begin('import-gan'), signal),
    )
      .then((card) => ({ ...card, layout: card.source.layout }))
      .finally(() => display.end());
    stdout.write(`${out}: ${resolution} px, latents of ${zSize}, from ${layout}'s layout\n`);
  },
});
