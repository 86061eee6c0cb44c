import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { StoredFewShot } from '../few-shot/few-shot-file.js';
import type { FewShotSegmenter } from '../few-shot/network.js';
import type { Generator } from '../gan/generator.js';
import { latentsOfSeeds, toRasters } from '../gan/pictures.js';
import type { ReportProgress } from '../progress/progress.js';
import { randomAt } from '../random/seeded-random.js';
import { inScope } from '../tensorflow/scope.js';
import { tf } from '../tensorflow/tensorflow.js';
import { type SoftLabelled, shardName, writeShard } from './soft-labels.js';

/** How the auto-shot segmenter's pictures are made; see `hyperparameters.ts`. */
export interface SynthesisSettings {
  readonly count: number;
  /** Truncation is drawn evenly from here for each picture. */
  readonly truncation: readonly [number, number];
  /** Seed of the first picture; the others count up from it. */
  readonly firstSeed: number;
  /** Side of the label grid. */
  readonly labelSize: number;
}

const SHARD_SIZE = 128;
const BATCH = 16;
const BYTE = 255;

/**
 * Generates pictures and labels them with a few-shot segmenter, into shards. Shards that are already there
 * are kept, so a killed run goes on where it stopped.
 */
export async function synthesize(
  generator: Generator,
  segmenter: StoredFewShot,
  settings: SynthesisSettings,
  folder: string,
  report: ReportProgress,
  signal?: AbortSignal,
): Promise<void> {
  for (let start = 0; start < settings.count; start += SHARD_SIZE) {
    const file = join(folder, shardName(start / SHARD_SIZE));
    const end = Math.min(start + SHARD_SIZE, settings.count);
    if (!existsSync(file)) {
      const entries: SoftLabelled[] = [];
      for (let first = start; first < end; first += BATCH) {
        signal?.throwIfAborted();
        const seeds = range(settings.firstSeed + first, settings.firstSeed + Math.min(first + BATCH, end));
        entries.push(...labelSeeds(generator, segmenter.network, seeds, settings));
        report(first + seeds.length, settings.count);
        await new Promise((resolve) => setImmediate(resolve));
      }
      await writeShard(file, entries, segmenter.classSet);
    }
    report(end, settings.count);
  }
}

/**
 * Generates the pictures of some seeds and labels them, a few at a time.
 *
 * @param settings `count` and `firstSeed` play no part
 */
export function labelSeeds(
  generator: Generator,
  segmenter: FewShotSegmenter,
  seeds: readonly number[],
  settings: Pick<SynthesisSettings, 'truncation' | 'labelSize'>,
): SoftLabelled[] {
  const labelled: SoftLabelled[] = [];
  for (let first = 0; first < seeds.length; first += BATCH) {
    labelled.push(...labelBatch(generator, segmenter, seeds.slice(first, first + BATCH), settings));
  }
  return labelled;
}

function labelBatch(
  generator: Generator,
  segmenter: FewShotSegmenter,
  seeds: readonly number[],
  settings: Pick<SynthesisSettings, 'truncation' | 'labelSize'>,
): SoftLabelled[] {
  const [low, high] = settings.truncation;
  const psi = seeds.map((seed) => low + (high - low) * randomAt(seed, 'truncation')());
  const { labelSize } = settings;
  const { classes } = segmenter.shape;
  return inScope(() => {
    const w = generator.truncate(generator.map(latentsOfSeeds(seeds, generator.latentSize)), psi);
    const { picture, features } = generator.synthesize(w);
    const logProbabilities = tf.logSoftmax(segmenter.logits(features, labelSize));
    const probabilities = logProbabilities.exp();
    const entropy = probabilities.mul(logProbabilities).sum(3).mean([1, 2]).neg().div(Math.log(classes));
    const uncertainty = entropy.dataSync();
    const bytes = Uint8Array.from(probabilities.mul(BYTE).round().toInt().dataSync());
    const size = labelSize * labelSize * classes;
    return toRasters(picture).map((raster, index) => ({
      picture: raster,
      classes,
      labelSize,
      probabilities: bytes.slice(index * size, (index + 1) * size),
      uncertainty: uncertainty[index] as number,
    }));
  });
}

function range(start: number, end: number): number[] {
  return Array.from({ length: end - start }, (_, index) => start + index);
}
