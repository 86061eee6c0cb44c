import { fileURLToPath } from 'node:url';
import { AUTO_SHOT, FEW_SHOT_MLP, SYNTHESIS } from '../hyperparameters.js';

/** Parameters by stage name, in the order in which the stages run. */
export type Preset = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

const shipped = (name: string) => fileURLToPath(new URL(`../../../../models/${name}`, import.meta.url));

/** The generator and the one labelled picture that the project ships. */
const SHIPPED = { generator: shipped('generator'), annotations: shipped('labels') };

function preset(count: number, steps: number): Preset {
  const { generator } = SHIPPED;
  return {
    fit: { ...SHIPPED, ...FEW_SHOT_MLP },
    synthesize: { generator, count },
    distill: { steps },
    quantize: {},
    evaluate: {},
    bundle: {},
    frames: { generator },
  };
}

/** Ready parameter sets that a pipeline file may extend, by their names. */
export const PRESETS: Readonly<Record<string, Preset>> = {
  /** The whole chain in minutes on two cores: what `npm start` runs. */
  quick: preset(SYNTHESIS.quickCount, AUTO_SHOT.quickSteps),
  /** The chain at the size of the paper. */
  full: preset(SYNTHESIS.count, AUTO_SHOT.steps),
};
