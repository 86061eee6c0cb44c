import { expected } from '@oneface/common/errors/errors';
import { bfloatToNumber, halfToNumber } from './half-precision.js';
import { countElements, type NumericTensor, type Tensor } from './tensor.js';

/** What a safetensors file holds: tensors in the order of their bytes, and free text by key. */
export interface Safetensors {
  readonly tensors: Map<string, NumericTensor>;
  readonly metadata: Record<string, string>;
}

/** Length of the field that says how long the header is. */
const LENGTH_BYTES = 8;
/** The reference implementation's own limit. */
const LARGEST_HEADER = 100_000_000;
const METADATA = '__metadata__';

type Decode = (bytes: Uint8Array<ArrayBuffer>) => NumericTensor['data'];

/** The number types that are read, with the bytes of one value. Half precision is widened to 32 bits. */
const TYPES: ReadonlyMap<string, { readonly size: number; readonly decode: Decode }> = new Map([
  ['F16', { size: 2, decode: (bytes) => widen(bytes, halfToNumber) }],
  ['BF16', { size: 2, decode: (bytes) => widen(bytes, bfloatToNumber) }],
  ['F32', { size: 4, decode: (bytes) => new Float32Array(bytes.buffer) }],
  ['F64', { size: 8, decode: (bytes) => new Float64Array(bytes.buffer) }],
  ['I32', { size: 4, decode: (bytes) => new Int32Array(bytes.buffer) }],
  ['I64', { size: 8, decode: (bytes) => new BigInt64Array(bytes.buffer) }],
  ['U8', { size: 1, decode: (bytes) => bytes }],
]);

interface Entry {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly start: number;
  readonly end: number;
}

/**
 * Encodes tensors in the safetensors format: 8 bytes of header length, a JSON header that ends on a
 * multiple of 8 bytes, then the values of all tensors, little-endian, in the map's order.
 *
 * @throws InputError if a shape does not hold as many values as its data, or a name is `__metadata__`
 */
export function encodeSafetensors(
  tensors: ReadonlyMap<string, NumericTensor>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  const entries: [string, unknown][] = [];
  if (Object.keys(metadata).length > 0) entries.push([METADATA, metadata]);
  let end = 0;
  for (const [name, { shape, data }] of tensors) {
    if (name === METADATA) throw expected('a name other than the reserved one', 'a tensor', name);
    const count = countElements(shape, name);
    if (count !== data.length) throw expected(`${count} values of shape ${shape}`, name, data.length);
    const start = end;
    end += data.byteLength;
    entries.push([name, { dtype: typeOf(data), shape, data_offsets: [start, end] }]);
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)));
  const headerLength = Math.ceil(json.length / LENGTH_BYTES) * LENGTH_BYTES;
  const bytes = new Uint8Array(LENGTH_BYTES + headerLength + end);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerLength), true);
  bytes.fill(' '.charCodeAt(0), LENGTH_BYTES, LENGTH_BYTES + headerLength);
  bytes.set(json, LENGTH_BYTES);
  let position = LENGTH_BYTES + headerLength;
  for (const { data } of tensors.values()) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), position);
    position += data.byteLength;
  }
  return bytes;
}

/**
 * Decodes a safetensors file. The values must fill the rest of the file without gap or overlap.
 *
 * @param bytes the whole file
 * @param subject names the file in errors
 * @throws InputError on anything that the format does not allow, or a number type that is not read here
 */
export function decodeSafetensors(bytes: Uint8Array, subject: string): Safetensors {
  if (bytes.length < LENGTH_BYTES) throw expected('a safetensors file', subject, bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerLength = Number(view.getBigUint64(0, true));
  const most = Math.min(LARGEST_HEADER, bytes.length - LENGTH_BYTES);
  if (headerLength > most) throw expected(`a header of at most ${most} bytes`, subject, headerLength);

  const start = LENGTH_BYTES + headerLength;
  const header = parseHeader(bytes.subarray(LENGTH_BYTES, start), subject);
  const metadata = readMetadata(header[METADATA], subject);
  const entries = Object.entries(header)
    .filter(([name]) => name !== METADATA)
    .map(([name, value]) => readEntry(name, value, subject))
    .sort((a, b) => a.start - b.start || a.end - b.end);
  const tensors = new Map<string, NumericTensor>();
  let position = 0;
  for (const entry of entries) {
    const what = `${entry.name} in ${subject}`;
    if (entry.start !== position) throw expected(`values from byte ${position}`, what, entry.start);
    position = entry.end;
    if (start + position > bytes.length) throw expected('values inside the file', what, position);
    tensors.set(
      entry.name,
      decodeEntry(entry, new Uint8Array(bytes.subarray(start + entry.start, start + entry.end)), what),
    );
  }
  const rest = bytes.length - start;
  if (position !== rest) throw expected(`${position} bytes of values`, subject, rest);
  return { tensors, metadata };
}

/**
 * The tensors of a file of which all must be 32-bit floats (or half precision, which was widened).
 *
 * @throws InputError if one is of another type
 */
export function onlyFloats(
  tensors: ReadonlyMap<string, NumericTensor>,
  subject: string,
): Map<string, Tensor> {
  const floats = new Map<string, Tensor>();
  for (const [name, { shape, data }] of tensors) {
    if (!(data instanceof Float32Array)) throw expected('F32', `${name} in ${subject}`, typeOf(data));
    floats.set(name, { shape, data });
  }
  return floats;
}

function parseHeader(bytes: Uint8Array, subject: string): Record<string, unknown> {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw expected('a JSON header', subject, error, { cause: error });
  }
  if (!isRecord(header)) throw expected('a JSON object as header', subject, header);
  return header;
}

function readMetadata(value: unknown, subject: string): Record<string, string> {
  if (value === undefined) return {};
  const what = `${METADATA} in ${subject}`;
  if (!isRecord(value)) throw expected('an object', what, value);
  const pairs = Object.entries(value).map(([key, text]): [string, string] => {
    if (typeof text !== 'string') throw expected('text', `${key} of ${what}`, text);
    return [key, text];
  });
  return Object.fromEntries(pairs);
}

function readEntry(name: string, value: unknown, subject: string): Entry {
  const what = `${name} in ${subject}`;
  if (!isRecord(value)) throw expected('an object', what, value);
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== 'string') throw expected('a dtype', what, dtype);
  if (!isSizes(shape)) throw expected('a shape of whole numbers', what, shape);
  if (!isSizes(offsets) || offsets.length !== 2) throw expected('two data_offsets', what, offsets);
  const [start = 0, end = 0] = offsets;
  if (end < start) throw expected('data_offsets in order', what, offsets);
  return { name, dtype, shape, start, end };
}

function decodeEntry(entry: Entry, bytes: Uint8Array<ArrayBuffer>, what: string): NumericTensor {
  const type = TYPES.get(entry.dtype);
  if (type === undefined) throw expected([...TYPES.keys()].join(', '), what, entry.dtype);
  const count = countElements(entry.shape, what);
  if (bytes.length !== count * type.size) throw expected(`${count} ${entry.dtype} values`, what, bytes);
  return { shape: entry.shape, data: type.decode(bytes) };
}

function typeOf(data: NumericTensor['data']): string {
  if (data instanceof Float32Array) return 'F32';
  if (data instanceof Float64Array) return 'F64';
  if (data instanceof Int32Array) return 'I32';
  return data instanceof BigInt64Array ? 'I64' : 'U8';
}

function widen(bytes: Uint8Array<ArrayBuffer>, convert: (bits: number) => number): Float32Array {
  return Float32Array.from(new Uint16Array(bytes.buffer), convert);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);
}
