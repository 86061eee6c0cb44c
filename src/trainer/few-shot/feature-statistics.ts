import type { Generator } from '../gan/generator.js';
import { latentsOfSeeds } from '../gan/pictures.js';
import { inScope } from '../tensorflow/scope.js';
import { tf } from '../tensorflow/tensorflow.js';
import type { FeatureStatistics } from './network.js';

/** Pictures that the statistics are taken from, and the first of their seeds. */
const PICTURES = 32;
const FIRST_SEED = 5000;

/**
 * Mean and deviation of a generator's features over some of its pictures.
 *
 * @param truncation as the labelled pictures were made
 */
export function featureStatistics(generator: Generator, truncation: number): FeatureStatistics {
  const seeds = Array.from({ length: PICTURES }, (_, index) => FIRST_SEED + index);
  return inScope(() => {
    const w = generator.map(latentsOfSeeds(seeds, generator.latentSize));
    const { features } = generator.synthesize(generator.truncate(w, truncation));
    const moments = features.map((layer) => tf.moments(layer, [0, 1, 2]));
    return {
      mean: moments.map(({ mean }) => mean.dataSync<'float32'>().slice()),
      deviation: moments.map(({ variance }) => variance.sqrt().dataSync<'float32'>().slice()),
    };
  });
}
