import type { Raster } from '@oneface/common/images/raster';
import { NumpyRandom } from '../random/numpy-random.js';
import { tf } from '../tensorflow/tensorflow.js';

/** A generator's -1..1 becomes 0..255. */
const HALF_RANGE = 127.5;

/**
 * Turns the generator's output into pictures.
 *
 * @param batch [batch, height, width, 3], about -1..1; values beyond are clipped
 */
export function toRasters(batch: tf.Tensor4D): Raster[] {
  const [count, height, width, channels] = batch.shape;
  const bytes = tf.tidy(() =>
    batch.add(1).mul(HALF_RANGE).round().clipByValue(0, 255).toInt().dataSync<'int32'>(),
  );
  const size = height * width * channels;
  return Array.from({ length: count }, (_, index) => ({
    width,
    height,
    data: Uint8Array.from(bytes.subarray(index * size, (index + 1) * size)),
  }));
}

/**
 * Latents of seeds, as StyleGAN2-ADA and its kin draw them: `RandomState(seed).randn(1, size)`.
 *
 * @returns [seeds, size]
 */
export function latentsOfSeeds(seeds: readonly number[], size: number): tf.Tensor2D {
  const values = new Float32Array(seeds.length * size);
  for (const [index, seed] of seeds.entries()) values.set(new NumpyRandom(seed).randn(size), index * size);
  return tf.tensor2d(values, [seeds.length, size]);
}
