import { expected } from '@oneface/common/errors/errors';
import { ByteReader } from './byte-reader.js';
import { unpickle } from './pickle.js';
import { type Construct, kindOf } from './pickle-values.js';
import { readStorageId, type StorageType, TorchStorage } from './torch-storage.js';

/** First value of a file of torch's legacy container, and its version (torch/serialization.py). */
export const LEGACY_MAGIC = 0x1950a86a20f9469cfc6cn;
const LEGACY_VERSION = 1001;

const NO_GLOBALS = { globals: () => undefined };

interface Slot {
  readonly type: StorageType;
  readonly length: number;
  /** known once the object has been read, since the storages stand behind it */
  bytes: Uint8Array | undefined;
}

/**
 * Reads the container that torch.save wrote before version 1.6, and still writes for a single storage: five
 * pickles (magic number, version, properties of the system, the object, the storages' keys) and then, for
 * each key, the number of values in 8 bytes and the values.
 *
 * @param bytes the whole file; tensors of the result view it
 * @param subject names the file in errors
 * @param globals what the object may refer to
 * @returns the object that was saved
 * @throws InputError if the file is cut off, malformed, big-endian, or refers to anything else
 */
export function readTorchLegacy(
  bytes: Uint8Array,
  subject: string,
  globals: (module: string, name: string) => Construct | undefined,
): unknown {
  const magic = unpickle(bytes, subject, NO_GLOBALS);
  if (magic.value !== LEGACY_MAGIC) throw expected("torch's legacy container", subject, kindOf(magic.value));
  const version = unpickle(bytes, subject, NO_GLOBALS, magic.end);
  if (version.value !== LEGACY_VERSION)
    throw expected(`version ${LEGACY_VERSION}`, subject, kindOf(version.value));
  const system = unpickle(bytes, subject, NO_GLOBALS, version.end);
  const isLittleEndian = system.value instanceof Map && system.value.get('little_endian') === true;
  if (!isLittleEndian) throw expected('little-endian values', subject, 'another order of bytes');

  const slots = new Map<string, Slot>();
  const persistent = (id: unknown) => storageFor(id, slots, subject);
  const object = unpickle(bytes, subject, { globals, persistent }, system.end);
  const keys = unpickle(bytes, subject, NO_GLOBALS, object.end);
  placeStorages(bytes, keys.end, keys.value, slots, subject);
  return object.value;
}

function storageFor(id: unknown, slots: Map<string, Slot>, subject: string): TorchStorage {
  const { type, key, length } = readStorageId(id, subject);
  const slot = slots.get(key) ?? { type, length, bytes: undefined };
  if (slot.type !== type || slot.length !== length) {
    throw expected(
      'one type and length',
      `storage ${key} of ${subject}`,
      `${length} values of ${type.size} bytes`,
    );
  }
  slots.set(key, slot);
  return new TorchStorage(type, length, async () => {
    if (slot.bytes === undefined) throw expected('its values', `storage ${key} of ${subject}`, undefined);
    return slot.bytes;
  });
}

function placeStorages(
  bytes: Uint8Array,
  start: number,
  keys: unknown,
  slots: ReadonlyMap<string, Slot>,
  subject: string,
): void {
  if (!Array.isArray(keys)) throw expected('a list of keys', subject, kindOf(keys));
  const reader = new ByteReader(bytes, subject, start);
  for (const key of keys as readonly unknown[]) {
    const slot = typeof key === 'string' ? slots.get(key) : undefined;
    if (slot === undefined) throw expected('a key of a storage', subject, kindOf(key));
    const length = reader.u64();
    if (length !== slot.length)
      throw expected(`${slot.length} values`, `storage ${key} of ${subject}`, length);
    slot.bytes = reader.take(length * slot.type.size);
  }
  const missing = [...slots].find(([, slot]) => slot.bytes === undefined);
  if (missing !== undefined) throw expected('the values of every storage', subject, `none for ${missing[0]}`);
}
