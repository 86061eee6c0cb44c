import { join } from 'node:path';
import { Type } from '@sinclair/typebox';
import { readFewShot } from '../few-shot/few-shot-file.js';
import { composeFrames } from '../frames/compose-frames.js';
import { openGenerator } from '../gan/open-generator.js';
import { defineStage } from '../pipeline/stage.js';
import type { SoftLabelled } from '../synthesis/soft-labels.js';
import { labelSeeds } from '../synthesis/synthesize.js';

const FRAME_SIZES = [
  { width: 640, height: 480 },
  { width: 1280, height: 960 },
];
const BYTE = 255;

/** Composes camera frames from generated people, to try the device's side on. */
export const framesStage = defineStage({
  name: 'frames',
  version: 1,
  after: ['fit'],
  params: Type.Object({
    generator: Type.String({ description: 'Folder of an imported generator.' }),
    count: Type.Integer({ minimum: 1, maximum: 10_000, default: 8, description: 'Frames to compose.' }),
    truncation: Type.Number({ minimum: 0, maximum: 2, default: 0.7 }),
    firstSeed: Type.Integer({ minimum: 0, maximum: 2 ** 31, default: 5000 }),
  }),
  inputs: ({ generator }) => [generator],
  async run({ generator: folder, count, truncation, firstSeed }, context) {
    const generator = await openGenerator(context.file(folder));
    const fewShot = join(context.input('fit'), 'few-shot.safetensors');
    const { network } = await readFewShot(fewShot, generator.featureChannels);
    const seeds = Array.from({ length: count }, (_, index) => firstSeed + index);
    const settings = { truncation: [truncation, truncation] as const, labelSize: generator.resolution };
    const people = labelSeeds(generator, network, seeds, settings).map((entry) => ({
      image: entry.picture,
      personMask: notBackground(entry),
    }));
    await composeFrames(people, { count, sizes: FRAME_SIZES, seed: firstSeed, out: context.out });
  },
});

function notBackground({ labelSize, classes, probabilities }: SoftLabelled): Float32Array {
  return Float32Array.from(
    { length: labelSize * labelSize },
    (_, pixel) => 1 - probabilities[pixel * classes] / BYTE,
  );
}
