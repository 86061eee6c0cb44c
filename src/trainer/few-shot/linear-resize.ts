import { tf } from '../tensorflow/tensorflow.js';

/**
 * Bilinear enlargement with half-pixel centres, as two small matrix products.
 *
 * TensorFlow.js's own `resizeBilinear` forgets the half-pixel centres in its gradient, so a network
 * trained through it learns from shifted errors.
 *
 * @param x [batch, size, size, channels]
 * @param size side of the result
 * @returns [batch, size, size, channels]
 */
export function resizeLinear(x: tf.Tensor4D, size: number): tf.Tensor4D {
  const [batch, from, , channels] = x.shape;
  if (from === size) return x;
  return tf.tidy(() => {
    const matrix = interpolation(from, size).expandDims(0);
    const rows = tf.matMul(matrix, x.reshape([batch, from, from * channels]));
    const columns = tf.matMul(matrix, rows.reshape([batch * size, from, channels]));
    return columns.reshape([batch, size, size, channels]) as tf.Tensor4D;
  });
}

/** [to, from]: each row mixes the two values nearest to that row's centre; the edge value is repeated. */
function interpolation(from: number, to: number): tf.Tensor2D {
  const matrix = new Float32Array(to * from);
  for (let row = 0; row < to; row++) {
    const position = Math.min(Math.max(((row + 0.5) * from) / to - 0.5, 0), from - 1);
    const low = Math.floor(position);
    const high = Math.min(low + 1, from - 1);
    const share = position - low;
    matrix[row * from + low] = (matrix[row * from + low] as number) + 1 - share;
    matrix[row * from + high] = (matrix[row * from + high] as number) + share;
  }
  return tf.tensor2d(matrix, [to, from]);
}
