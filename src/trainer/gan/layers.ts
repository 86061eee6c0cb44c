import { tf } from '../tensorflow/tensorflow.js';

/** StyleGAN2's leaky ReLU slope and the gain that keeps the variance at one (Karras et al. 2020). */
const LEAKY_SLOPE = 0.2;
const LEAKY_GAIN = Math.SQRT2;

/** Keeps the root of a zero sum finite; the value of the published code. */
export const EPSILON = 1e-8;

/** The low-pass filter of every resampling step: outer product of [1,3,3,1], of sum one. */
const FIR = [1, 3, 3, 1];
const FIR_SUM = 64;
/** Doubling the picture spreads each value over four pixels; the filter gains that back. */
const UP_GAIN = 4;

/** Leaky ReLU with gain, after the bias. `x` [..., channels], `bias` [channels]. */
export function biasedActivation(x: tf.Tensor, bias: tf.Tensor): tf.Tensor {
  return tf.leakyRelu(x.add(bias), LEAKY_SLOPE).mul(LEAKY_GAIN);
}

/** Weights of one modulated convolution, ready to use. */
export interface ModulatedConvolution {
  /** [kernel, kernel, in, out], scaled by 1/sqrt(in * kernel^2) */
  readonly kernel: tf.Tensor4D;
  /** [in, out]: squares of `kernel` summed over the window; undefined where nothing is demodulated */
  readonly power: tf.Tensor2D | undefined;
  /** [w size, in], scaled by 1/sqrt(w size) */
  readonly affine: tf.Tensor2D;
  /** [in] */
  readonly affineBias: tf.Tensor1D;
}

/**
 * Modulated convolution in the scaled-activation form: the style scales the input's channels, the
 * demodulation scales the output's, and the convolution between them is one and the same for the whole
 * batch (StyleGAN2, section 2.2), so no grouped convolution is needed.
 *
 * @param x [batch, height, width, in]
 * @param w [batch, w size]
 * @param convolve what lies between the scalings: a plain or an enlarging convolution
 * @returns [batch, height', width', out]
 */
export function modulate(
  x: tf.Tensor4D,
  w: tf.Tensor2D,
  layer: ModulatedConvolution,
  convolve: (x: tf.Tensor4D, kernel: tf.Tensor4D) => tf.Tensor4D,
): tf.Tensor4D {
  const style = w.matMul(layer.affine).add(layer.affineBias) as tf.Tensor2D;
  const [batch, channels] = style.shape;
  const out = convolve(x.mul(style.reshape([batch, 1, 1, channels])), layer.kernel);
  if (layer.power === undefined) return out;
  const demodulation = style.square().matMul(layer.power).add(EPSILON).rsqrt();
  return out.mul(demodulation.reshape([batch, 1, 1, -1]));
}

/** Plain convolution, stride one, zero padding that keeps the size. */
export function sameConvolution(x: tf.Tensor4D, kernel: tf.Tensor4D): tf.Tensor4D {
  return tf.conv2d(x, kernel, 1, 'same');
}

/**
 * Doubles height and width: transposed convolution with stride two, then the low-pass filter.
 *
 * @param kernel [3, 3, in, out]
 */
export function upConvolution(x: tf.Tensor4D, kernel: tf.Tensor4D): tf.Tensor4D {
  const [batch, height, width] = x.shape;
  const out = kernel.shape[3];
  const shape: [number, number, number, number] = [batch, height * 2 + 1, width * 2 + 1, out];
  const spread = tf.conv2dTranspose(x, kernel.transpose([0, 1, 3, 2]), shape, 2, 'valid');
  const padded = spread.pad([
    [0, 0],
    [1, 1],
    [1, 1],
    [0, 0],
  ]);
  return tf.depthwiseConv2d(padded as tf.Tensor4D, depthwiseFilter(out), 1, 'valid');
}

/** Doubles the size of the picture so far (the skip connection): zero insertion, then the low-pass filter. */
export function upsampleSkip(picture: tf.Tensor4D): tf.Tensor4D {
  const [batch, height, width, channels] = picture.shape;
  const shape: [number, number, number, number] = [batch, height * 2 + 2, width * 2 + 2, channels];
  const filter = depthwiseFilter(channels).mul(tf.eye(channels)) as tf.Tensor4D;
  const spread = tf.conv2dTranspose(picture, filter, shape, 2, 'valid');
  return spread.slice([0, 1, 1, 0], [batch, height * 2, width * 2, channels]);
}

/** The enlarging low-pass filter for each channel alone: [4, 4, channels, 1]. */
function depthwiseFilter(channels: number): tf.Tensor4D {
  const taps = FIR.flatMap((a) => FIR.map((b) => (a * b * UP_GAIN) / FIR_SUM));
  return tf.tensor4d(taps, [4, 4, 1, 1]).tile([1, 1, channels, 1]) as tf.Tensor4D;
}
