import { type Architecture, PIXELS } from '@oneface/trainer/auto-shot/architecture';
import { tf } from '@oneface/trainer/tensorflow/tensorflow';

const EPSILON = 1e-3;

/** The network in training as Ioffe and Szegedy write it, of plain operations, so that gradients are automatic. */
export function plainLogits(
  architecture: Architecture,
  weights: ReadonlyMap<string, tf.Tensor>,
  pixels: tf.Tensor4D,
): tf.Tensor4D {
  const outputs = new Map([[PIXELS, pixels]]);
  const output = (name: string) => outputs.get(name) as tf.Tensor4D;
  const weight = (name: string) => weights.get(name) as tf.Tensor;
  for (const layer of architecture.layers) {
    let made: tf.Tensor4D;
    if (layer.op === 'concat') made = tf.concat4d(layer.inputs.map(output), 3);
    else if (layer.op === 'upsample') made = doubled(output(layer.input));
    else {
      const kernel = weight(`${layer.name}.kernel`) as tf.Tensor4D;
      const sums = tf.conv2d(output(layer.input), kernel, layer.stride, 'same');
      const beta = weight(`${layer.name}.beta`);
      if (layer.activation === 'none') made = sums.add(beta);
      else
        made = tf.relu(
          normalised(sums)
            .mul(weight(`${layer.name}.gamma`))
            .add(beta),
        ) as tf.Tensor4D;
    }
    outputs.set(layer.name, made);
  }
  return output(architecture.layers.at(-1)?.name as string);
}

function normalised(x: tf.Tensor4D): tf.Tensor {
  const centred = x.sub(x.mean([0, 1, 2], true));
  return centred.div(centred.square().mean([0, 1, 2], true).add(EPSILON).sqrt());
}

function doubled(x: tf.Tensor4D): tf.Tensor4D {
  const [batch, height, width, channels] = x.shape;
  const twice = (rows: tf.Tensor4D) => tf.concat4d([rows, rows], 2);
  const tall = twice(x.reshape([batch, height, 1, width * channels]));
  const wide = twice(tall.reshape([batch, height * 2 * width, 1, channels]));
  return wide.reshape([batch, height * 2, width * 2, channels]);
}
