import { expected } from '@oneface/common/errors/errors';
import { countElements, type Tensor } from '../tensors/tensor.js';
import { kindOf } from './pickle-values.js';
import { TorchStorage } from './torch-storage.js';

/** torch's own limit is 64 axes. */
const MOST_AXES = 64;

/** A view of a storage: value (i, j, ...) stands at `offset + i * strides[0] + j * strides[1] + ...`. */
export class TorchTensor {
  readonly storage: TorchStorage;
  readonly offset: number;
  readonly shape: readonly number[];
  /** in values, not bytes; 0 where one value stands for a whole axis */
  readonly strides: readonly number[];

  constructor(storage: TorchStorage, offset: number, shape: readonly number[], strides: readonly number[]) {
    this.storage = storage;
    this.offset = offset;
    this.shape = shape;
    this.strides = strides;
  }

  /** The same values under another shape, which adds or drops only axes of length one. */
  reshape(shape: readonly number[]): TorchTensor {
    const long = this.strides.filter((_, axis) => this.shape[axis] !== 1);
    const strides = shape.map((size) => (size === 1 ? 0 : (long.shift() ?? 0)));
    return new TorchTensor(this.storage, this.offset, shape, strides);
  }
}

/**
 * Builds the view that `torch._utils._rebuild_tensor_v2` was given, after checking that it stays inside its
 * storage.
 *
 * @param args storage, offset, shape, strides, and more that does not matter here
 * @param subject names the file in errors
 * @throws InputError if an argument is of the wrong kind or the view leaves the storage
 */
export function rebuildTensor(args: readonly unknown[], subject: string): TorchTensor {
  const [storage, offset, shape, strides] = args;
  const what = `a tensor of ${subject}`;
  if (!(storage instanceof TorchStorage)) throw expected('a storage', what, kindOf(storage));
  if (!isWhole(offset)) throw expected('a whole offset', what, kindOf(offset));
  if (!isWholes(shape)) throw expected('a shape of whole numbers', what, kindOf(shape));
  if (!isWholes(strides)) throw expected('strides of whole numbers', what, kindOf(strides));
  if (strides.length !== shape.length) throw expected(`${shape.length} strides`, what, kindOf(strides));
  if (shape.length > MOST_AXES) throw expected(`at most ${MOST_AXES} axes`, what, shape.length);
  const last = strides.reduce((sum, stride, axis) => sum + stride * ((shape[axis] ?? 1) - 1), offset);
  if (countElements(shape, what) > 0 && last >= storage.length) {
    throw expected(`a view inside ${storage.length} values`, what, `the last at ${last}`);
  }
  return new TorchTensor(storage, offset, shape, strides);
}

/**
 * Reads a tensor's values, row-major whatever its strides.
 *
 * @throws InputError if the file does not hold them
 */
export async function readTensor({ storage, offset, shape, strides }: TorchTensor): Promise<Tensor> {
  const bytes = await storage.readBytes();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { read, size } = storage.type;
  const data = new Float32Array(shape.reduce((count, axis) => count * axis, 1));
  const index = new Array<number>(shape.length).fill(0);
  let position = offset;
  for (let i = 0; i < data.length; i++) {
    data[i] = read(view, position * size);
    position = advance(index, shape, strides, position);
  }
  return { shape, data };
}

/** Steps to the next index, the last axis first, and returns the position there. */
function advance(
  index: number[],
  shape: readonly number[],
  strides: readonly number[],
  position: number,
): number {
  let next = position;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const stride = strides[axis] ?? 0;
    const at = (index[axis] ?? 0) + 1;
    next += stride;
    if (at < (shape[axis] ?? 0)) {
      index[axis] = at;
      return next;
    }
    next -= at * stride;
    index[axis] = 0;
  }
  return next;
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function isWholes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every(isWhole);
}
