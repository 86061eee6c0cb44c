import { bundleStage } from '../stages/bundle.js';
import { distillStage } from '../stages/distill.js';
import { fitStage } from '../stages/fit.js';
import { framesStage } from '../stages/frames.js';
import { quantizeStage } from '../stages/quantize.js';
import { synthesizeStage } from '../stages/synthesize.js';
import type { Command } from './command.js';
import { evaluateCommand } from './evaluate.js';
import { importGanCommand } from './import-gan.js';
import { keygenCommand } from './keygen.js';
import { runCommand } from './run.js';
import { sampleCommand } from './sample.js';
import { stageCommand } from './stage-command.js';
import { verifyBundleCommand } from './verify-bundle.js';

/** Every command of `oneface-trainer`, in the order in which the help lists them. */
export const COMMANDS: readonly Command[] = [
  importGanCommand,
  sampleCommand,
  stageCommand(fitStage, 'Trains the few-shot segmenter on labelled generated pictures.'),
  stageCommand(synthesizeStage, 'Generates pictures and labels them with the few-shot segmenter.'),
  stageCommand(distillStage, 'Trains the auto-shot segmenter, the network for the device, on them.'),
  stageCommand(quantizeStage, 'Writes the trained network as a float and as an int8 ONNX file.'),
  evaluateCommand,
  stageCommand(bundleStage, 'Packs the int8 file with card and golden pairs into a signed bundle.'),
  verifyBundleCommand,
  keygenCommand,
  stageCommand(framesStage, 'Composes camera frames of generated people, to try a device on.'),
  runCommand,
];
