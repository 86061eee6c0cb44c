import { join } from 'node:path';
import type { ClassSet } from '@oneface/common/classes/class-sets';
import { type Static, Type } from '@sinclair/typebox';
import { unet } from '../auto-shot/architecture.js';
import type { AugmentationRanges } from '../auto-shot/augmentation.js';
import { writeAutoShot } from '../auto-shot/auto-shot-file.js';
import { distill } from '../auto-shot/distill.js';
import { AUGMENTATION, AUTO_SHOT, DYED_PARTS } from '../hyperparameters.js';
import { defineStage } from '../pipeline/stage.js';
import { readSoftLabels } from '../synthesis/soft-labels.js';

const share = (value: number) => Type.Number({ minimum: 0, maximum: 1, default: value });

const scale = (range: readonly [number, number]) =>
  Type.Tuple([Type.Number({ minimum: 0.05, maximum: 10 }), Type.Number({ minimum: 0.05, maximum: 10 })], {
    title: 'two numbers from 0.05 to 10',
    default: [...range],
  });

/** What of a picture augmentation changes; calibration draws its pictures alike. */
export const augmentationParams = {
  rotation: Type.Number({ minimum: 0, maximum: 180, default: AUGMENTATION.rotation }),
  wideTranslation: share(AUGMENTATION.wideTranslation),
  wideScale: scale(AUGMENTATION.wideScale),
  alignedTranslation: share(AUGMENTATION.alignedTranslation),
  alignedScale: scale(AUGMENTATION.alignedScale),
  alignedShare: share(AUGMENTATION.alignedShare),
  flip: share(AUGMENTATION.flip),
  color: share(AUGMENTATION.color),
  gray: share(AUGMENTATION.gray),
  background: share(AUGMENTATION.background),
  dye: share(AUGMENTATION.dye),
  noise: Type.Number({ minimum: 0, maximum: 255, default: AUGMENTATION.noise }),
};

const AugmentationParams = Type.Object(augmentationParams);

/** Trains the auto-shot segmenter on the generated pictures and their soft labels. */
export const distillStage = defineStage({
  name: 'distill',
  version: 1,
  after: ['synthesize'],
  params: Type.Object({
    inputSize: Type.Integer({
      minimum: 32,
      maximum: 1024,
      multipleOf: 32,
      default: AUTO_SHOT.inputSize,
      title: 'a multiple of 32 from 32 to 1024',
    }),
    widths: Type.Array(Type.Integer({ minimum: 1, maximum: 1024 }), {
      minItems: 2,
      maxItems: 5,
      default: [...AUTO_SHOT.widths],
      title: 'two to five whole numbers from 1 to 1024',
      description: 'Channels per level, finest first.',
    }),
    steps: Type.Integer({ minimum: 1, description: 'Training steps.' }),
    batch: Type.Integer({ minimum: 1, maximum: 1024, default: AUTO_SHOT.batch }),
    learningRate: Type.Number({ exclusiveMinimum: 0, default: AUTO_SHOT.learningRate }),
    warmUp: share(AUTO_SHOT.warmUp),
    weightDecay: Type.Number({ minimum: 0, default: AUTO_SHOT.weightDecay }),
    dropUncertain: Type.Number({ minimum: 0, maximum: 0.9, default: AUTO_SHOT.dropUncertain }),
    seed: Type.Integer({ minimum: 0, default: 0 }),
    ...augmentationParams,
  }),
  inputs: () => [],
  async run(params, context) {
    const { entries, classSet } = await readSoftLabels(context.input('synthesize'));
    const architecture = unet(params.inputSize, classSet.classes.length, params.widths);
    const { report, log, signal, now } = context;
    const checkpoint = join(context.scratch, 'checkpoint.safetensors');
    const training = { checkpoint, report, log, signal, now };
    const settings = { ...params, augmentation: augmentationRanges(params, classSet) };
    const network = await distill(entries, architecture, settings, training);
    const file = join(context.out, 'auto-shot.safetensors');
    await writeAutoShot(file, { network: network.fold(), classSet });
  },
});

/** The ranges that a stage's parameters describe. */
export function augmentationRanges(
  params: Static<typeof AugmentationParams>,
  { classes }: ClassSet,
): AugmentationRanges {
  const { wideTranslation, wideScale, alignedTranslation, alignedScale } = params;
  const dyedLabels = [...classes.keys()].filter((label) => DYED_PARTS.includes(classes[label].name));
  return {
    ...params,
    dyedLabels,
    wide: { translation: wideTranslation, scale: wideScale },
    aligned: { translation: alignedTranslation, scale: alignedScale },
  };
}
