import { expected } from '@oneface/common/errors/errors';

/** An array of 32-bit floats with its shape, row-major (the last index runs fastest). */
export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** A row-major array of any of the number types that files here hold. */
export interface NumericTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array | BigInt64Array | Int32Array | Uint8Array;
}

/**
 * The number of values in a tensor of this shape; a scalar (no axes) has one.
 *
 * @param subject named in the error
 * @throws InputError if an axis is no whole number of at least 0 or the product is beyond 2^53
 */
export function countElements(shape: readonly number[], subject: string): number {
  let count = 1;
  for (const axis of shape) {
    if (!Number.isSafeInteger(axis) || axis < 0) throw expected('whole axes of at least 0', subject, shape);
    count *= axis;
    if (!Number.isSafeInteger(count)) throw expected('a shape of less than 2^53 values', subject, shape);
  }
  return count;
}
