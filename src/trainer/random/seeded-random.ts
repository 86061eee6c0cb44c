import { createHash } from 'node:crypto';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';

/** Gives the next number of a stream, uniform in [0, 1), with each call. */
export type Random = () => number;

/**
 * A stream of random numbers that follows from its name alone: nothing has to be saved for a run that is
 * killed at step 500 to draw at step 501 what it would have drawn without the kill.
 *
 * xoroshiro128+ (Blackman and Vigna 2018), its state the first 128 bits of SHA-256 over the three parts of
 * the name. Streams of different names are independent.
 *
 * @param seed the run's seed
 * @param stream what the numbers are for, such as "augmentation"
 * @param step step, epoch or picture number
 */
export function randomAt(seed: number, stream: string, step = 0): Random {
  const digest = createHash('sha256')
    .update(JSON.stringify([seed, stream, step]))
    .digest();
  const generator = xoroshiro128plusFromState([0, 4, 8, 12].map((offset) => digest.readInt32LE(offset)));
  return () => uniformFloat64(generator);
}
