import type { Stage } from '../pipeline/stage.js';
import type { Command, LazyCommand } from './command.js';
import { evaluateCommand } from './evaluate.js';
import { importGanCommand } from './import-gan.js';
import { keygenCommand } from './keygen.js';
import { runCommand } from './run.js';
import { sampleCommand } from './sample.js';
import { stageCommand } from './stage-command.js';
import { verifyBundleCommand } from './verify-bundle.js';

/** Every command of `oneface-trainer`, in the order in which the help lists them. */
export const COMMANDS: readonly (Command | LazyCommand)[] = [
  importGanCommand,
  sampleCommand,
  lazyStage(
    'fit',
    'Trains the few-shot segmenter on labelled generated pictures.',
    async () => (await import('../stages/fit.js')).fitStage,
  ),
  lazyStage(
    'synthesize',
    'Generates pictures and labels them with the few-shot segmenter.',
    async () => (await import('../stages/synthesize.js')).synthesizeStage,
  ),
  lazyStage(
    'distill',
    'Trains the auto-shot segmenter, the network for the device, on them.',
    async () => (await import('../stages/distill.js')).distillStage,
  ),
  lazyStage(
    'quantize',
    'Writes the trained network as a float and as an int8 ONNX file.',
    async () => (await import('../stages/quantize.js')).quantizeStage,
  ),
  evaluateCommand,
  lazyStage(
    'bundle',
    'Packs the int8 file with card and golden pairs into a signed bundle.',
    async () => (await import('../stages/bundle.js')).bundleStage,
  ),
  verifyBundleCommand,
  keygenCommand,
  lazyStage(
    'frames',
    'Composes camera frames of generated people, to try a device on.',
    async () => (await import('../stages/frames.js')).framesStage,
  ),
  runCommand,
];

/** The stages bring TensorFlow along, which no other command should wait for or need. */
function lazyStage(name: string, summary: string, load: () => Promise<Stage>): LazyCommand {
  return { name, summary, load: async () => stageCommand(await load(), summary) };
}
