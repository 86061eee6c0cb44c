import { bundleStage } from '../stages/bundle.js';
import { distillStage } from '../stages/distill.js';
import { evaluateStage } from '../stages/evaluate.js';
import { fitStage } from '../stages/fit.js';
import { framesStage } from '../stages/frames.js';
import { quantizeStage } from '../stages/quantize.js';
import { synthesizeStage } from '../stages/synthesize.js';
import type { Stage } from './stage.js';

/** Every stage that a pipeline file may name, in the order in which they make sense. */
export const STAGES: readonly Stage[] = [
  fitStage,
  synthesizeStage,
  distillStage,
  quantizeStage,
  evaluateStage,
  bundleStage,
  framesStage,
];
