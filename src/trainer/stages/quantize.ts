import { join } from 'node:path';
import { PIXEL_SCALE, ZERO_PIXEL } from '@oneface/common/images/normalization';
import { Type } from '@sinclair/typebox';
import type { AugmentationRanges } from '../auto-shot/augmentation.js';
import { readAutoShot } from '../auto-shot/auto-shot-file.js';
import { drawBatch } from '../auto-shot/batch.js';
import { writeModelFile } from '../evaluation/model-file.js';
import { writeFileAtomic } from '../files/atomic-write.js';
import { QUANTIZATION } from '../hyperparameters.js';
import { defineStage } from '../pipeline/stage.js';
import { interruptible } from '../progress/interruptible.js';
import { quantizeNetwork } from '../quantization/quantize-network.js';
import { randomAt } from '../random/seeded-random.js';
import { readSoftLabels, type SoftLabelled } from '../synthesis/soft-labels.js';
import { augmentationParams, augmentationRanges } from './distill.js';

/** Writes the trained network as a float and as an int8 ONNX file. */
export const quantizeStage = defineStage({
  name: 'quantize',
  version: 1,
  after: ['synthesize', 'distill'],
  params: Type.Object({
    calibration: Type.Integer({
      minimum: 1,
      maximum: 4096,
      default: QUANTIZATION.calibration,
      description: 'Pictures that the ranges of values are taken from.',
    }),
    seed: Type.Integer({ minimum: 0, default: 0 }),
    ...augmentationParams,
  }),
  inputs: () => [],
  async run(params, context) {
    const { network, classSet } = await readAutoShot(join(context.input('distill'), 'auto-shot.safetensors'));
    const { entries } = await readSoftLabels(context.input('synthesize'));
    const { inputSize } = network.architecture;
    const pictures = augmentedPictures(entries, inputSize, augmentationRanges(params, classSet), params);
    const calibration = { count: params.calibration, pictures };
    const progress = interruptible(context.report, context.signal);
    const { float, int8, report } = await quantizeNetwork(network, classSet.id, calibration, progress);
    await writeModelFile(join(context.out, 'float.onnx'), float);
    await writeModelFile(join(context.out, 'int8.onnx'), int8);
    const text = `${JSON.stringify(report, null, 2)}\n`;
    await writeFileAtomic(join(context.out, 'quantization.json'), text);
  },
});

/** Training pictures under training's augmentation, as a device would hand them to the network. */
function* augmentedPictures(
  set: readonly SoftLabelled[],
  inputSize: number,
  ranges: AugmentationRanges,
  { calibration, seed }: { readonly calibration: number; readonly seed: number },
): Generator<Uint8Array> {
  const sizes = { batch: 1, inputSize, outputSize: inputSize / 2 };
  for (let index = 0; index < calibration; index++) {
    const { pixels } = drawBatch(set, sizes, ranges, randomAt(seed, 'calibration', index));
    yield Uint8Array.from(pixels, (value) => Math.round(value / PIXEL_SCALE + ZERO_PIXEL));
  }
}
