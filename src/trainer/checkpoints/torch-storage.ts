import { expected } from '@oneface/common/errors/errors';
import { bfloatToNumber, halfToNumber } from '../tensors/half-precision.js';
import { kindOf, PickleGlobal } from './pickle-values.js';

/** How the values of one of torch's storage classes lie in memory (always little-endian here). */
export interface StorageType {
  /** bytes of one value */
  readonly size: number;
  readonly read: (view: DataView, position: number) => number;
}

/** Where a storage's bytes come from when they are needed. */
export type ReadBytes = (length: number) => Promise<Uint8Array>;

/** torch's storage classes, by name. Integers beyond 2^24 are rounded when they become 32-bit floats. */
const STORAGE_TYPES: ReadonlyMap<string, StorageType> = new Map([
  ['DoubleStorage', { size: 8, read: (view, at) => view.getFloat64(at, true) }],
  ['FloatStorage', { size: 4, read: (view, at) => view.getFloat32(at, true) }],
  ['HalfStorage', { size: 2, read: (view, at) => halfToNumber(view.getUint16(at, true)) }],
  ['BFloat16Storage', { size: 2, read: (view, at) => bfloatToNumber(view.getUint16(at, true)) }],
  ['LongStorage', { size: 8, read: (view, at) => Number(view.getBigInt64(at, true)) }],
  ['IntStorage', { size: 4, read: (view, at) => view.getInt32(at, true) }],
  ['ShortStorage', { size: 2, read: (view, at) => view.getInt16(at, true) }],
  ['CharStorage', { size: 1, read: (view, at) => view.getInt8(at) }],
  ['ByteStorage', { size: 1, read: (view, at) => view.getUint8(at) }],
  ['BoolStorage', { size: 1, read: (view, at) => view.getUint8(at) }],
]);

/** A run of values of one type that tensors view; its bytes are read only when asked for. */
export class TorchStorage {
  readonly type: StorageType;
  /** number of values */
  readonly length: number;
  readonly #read: ReadBytes;

  constructor(type: StorageType, length: number, read: ReadBytes) {
    this.type = type;
    this.length = length;
    this.#read = read;
  }

  /** @throws InputError if the file does not hold exactly the bytes of `length` values */
  readBytes(): Promise<Uint8Array> {
    return this.#read(this.length * this.type.size);
  }
}

/** What the persistent id of a storage says. */
export interface StorageId {
  readonly type: StorageType;
  /** names the storage's bytes in its container */
  readonly key: string;
  /** number of values */
  readonly length: number;
}

/** True for the names of the storage classes that are read here. */
export function isStorageClass(name: string): boolean {
  return STORAGE_TYPES.has(name);
}

/**
 * Reads torch's persistent id of a storage: `('storage', class, key, device, length)`. The legacy container
 * adds a sixth member, the view of another storage, which torch has not written since version 0.4.
 *
 * @throws InputError on anything else
 */
export function readStorageId(id: unknown, subject: string): StorageId {
  if (!Array.isArray(id)) throw expected('a tuple as persistent id', subject, kindOf(id));
  const parts: readonly unknown[] = id;
  const [kind, storageClass, key, , length, view = null] = parts;
  if (kind !== 'storage' || parts.length > 6)
    throw expected('persistent ids of storages', subject, kindOf(kind));
  const type = storageClass instanceof PickleGlobal ? STORAGE_TYPES.get(storageClass.name) : undefined;
  if (type === undefined) throw expected('a storage class', `a storage of ${subject}`, kindOf(storageClass));
  if (typeof key !== 'string') throw expected('a text as key', `a storage of ${subject}`, kindOf(key));
  if (view !== null) throw expected('no view', `storage ${key} of ${subject}`, kindOf(view));
  if (typeof length !== 'number' || length < 0 || !Number.isSafeInteger(length * type.size)) {
    throw expected('a length', `storage ${key} of ${subject}`, kindOf(length));
  }
  return { type, key, length };
}
