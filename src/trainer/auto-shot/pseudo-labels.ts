import { PIXEL_SCALE, ZERO_PIXEL } from '@oneface/common/images/normalization';
import type { Raster } from '@oneface/common/images/raster';
import type { SoftLabelled } from '../synthesis/soft-labels.js';
import { inScope } from '../tensorflow/scope.js';
import { tf } from '../tensorflow/tensorflow.js';
import type { AutoShotNetwork } from './network.js';

const BYTE = 255;

/**
 * Labels pictures with a trained network, so that it can go on learning from pictures that nobody labelled
 * (self-training). The opinions on the picture and on its mirror image are averaged.
 *
 * @param pictures of the network's input size
 */
export function pseudoLabels(network: AutoShotNetwork, pictures: readonly Raster[]): SoftLabelled[] {
  const { inputSize, outputSize, classes } = network.architecture;
  const pixels = new Float32Array(pictures.length * inputSize * inputSize * 3);
  pictures.forEach(({ data }, index) => {
    pixels.set(data, index * data.length);
  });
  return inScope(() => {
    const input = tf.tensor4d(pixels, [pictures.length, inputSize, inputSize, 3]);
    const normalized = input.sub(ZERO_PIXEL).mul(PIXEL_SCALE) as tf.Tensor4D;
    const straight = tf.softmax(network.logits(normalized, false));
    const mirrored = tf.softmax(network.logits(tf.reverse(normalized, 2), false)) as tf.Tensor4D;
    const probabilities = straight.add(tf.reverse(mirrored, 2)).div(2);
    const entropy = probabilities.mul(probabilities.maximum(1e-7).log()).sum(3).mean([1, 2]);
    const uncertainty = entropy.div(-Math.log(classes)).dataSync();
    const bytes = Uint8Array.from(probabilities.mul(BYTE).round().toInt().dataSync());
    const size = outputSize * outputSize * classes;
    return pictures.map((picture, index) => ({
      picture,
      classes,
      labelSize: outputSize,
      probabilities: bytes.slice(index * size, (index + 1) * size),
      uncertainty: uncertainty[index] as number,
    }));
  });
}
