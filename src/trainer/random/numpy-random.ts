import { expected } from '@oneface/common/errors/errors';
import { mersenne } from 'pure-rand/generator/mersenne';

const LARGEST_SEED = 2 ** 32 - 1;

/**
 * NumPy's legacy generator, `numpy.random.RandomState(seed)`: one seed gives here the numbers that it gives
 * in StyleGAN2-ADA and other Python tools, so a seed names the same face everywhere.
 *
 * MT19937 (Matsumoto and Nishimura 1998) seeded by `init_genrand`; normals by Marsaglia's polar method, as
 * `legacy_gauss` of numpy/random/src/legacy draws them. NumPy has frozen these streams.
 */
export class NumpyRandom {
  readonly #generator: ReturnType<typeof mersenne>;
  #spareNormal: number | undefined;

  /**
   * @param seed an integer from 0 to 2^32 - 1
   * @throws InputError for any other seed
   */
  constructor(seed: number) {
    if (!Number.isInteger(seed) || seed < 0 || seed > LARGEST_SEED) {
      throw expected(`an integer from 0 to ${LARGEST_SEED}`, 'the seed', seed);
    }
    this.#generator = mersenne(seed);
  }

  /** `random_sample()`: uniform in [0, 1), 53 bits. */
  random(): number {
    const high = this.#nextUint32() >>> 5;
    const low = this.#nextUint32() >>> 6;
    return (high * 2 ** 26 + low) / 2 ** 53;
  }

  /**
   * `randn(count)` cast to float32: standard normal values, computed as float64.
   *
   * @returns [count]
   */
  randn(count: number): Float32Array {
    return Float32Array.from({ length: count }, () => this.#normal());
  }

  /**
   * `randint(low, high)`: uniform integer, `low` included and `high` excluded.
   *
   * @param high at least `low` + 1 and at most `low` + 2^32
   */
  randint(low: number, high: number): number {
    const range = high - low - 1;
    if (!Number.isInteger(low) || !Number.isInteger(range) || range < 0 || range > LARGEST_SEED) {
      throw expected('two integers, the first below the second by at most 2^32', 'randint', [low, high]);
    }
    if (range === 0) return low;
    const mask = LARGEST_SEED >>> Math.clz32(range);
    let offset = (this.#nextUint32() & mask) >>> 0;
    while (offset > range) offset = (this.#nextUint32() & mask) >>> 0;
    return low + offset;
  }

  #normal(): number {
    if (this.#spareNormal !== undefined) {
      const spare = this.#spareNormal;
      this.#spareNormal = undefined;
      return spare;
    }
    let x = 0;
    let y = 0;
    let squaredRadius = 0;
    while (squaredRadius >= 1 || squaredRadius === 0) {
      x = 2 * this.random() - 1;
      y = 2 * this.random() - 1;
      squaredRadius = x * x + y * y;
    }
    const factor = Math.sqrt((-2 * Math.log(squaredRadius)) / squaredRadius);
    this.#spareNormal = factor * x;
    return factor * y;
  }

  #nextUint32(): number {
    return this.#generator.next() >>> 0;
  }
}
