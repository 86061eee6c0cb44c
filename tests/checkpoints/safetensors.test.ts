import { InputError, OnefaceError } from '@oneface/common/errors/errors';
import { decodeSafetensors, encodeSafetensors, onlyFloats } from '@oneface/trainer/tensors/safetensors';
import { readSafetensors, writeSafetensors } from '@oneface/trainer/tensors/safetensors-file';
import { countElements, type NumericTensor } from '@oneface/trainer/tensors/tensor';
import test from 'ava';
import fc from 'fast-check';
import { projectFile } from '../support/paths.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const shapes = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 });
const tensors = shapes.chain((shape): fc.Arbitrary<NumericTensor> => {
  const length = shape.reduce((count, axis) => count * axis, 1);
  const size = { minLength: length, maxLength: length };
  const data = fc.oneof(
    fc.float32Array(size),
    fc.float64Array(size),
    fc.int32Array(size),
    fc.bigInt64Array(size),
    fc.uint8Array(size),
  );
  return data.map((values) => ({ shape, data: values }) as NumericTensor);
});
const names = fc.string({ unit: 'binary', maxLength: 8 }).filter((name) => name !== '__metadata__');
const maps = fc.array(fc.tuple(names, tensors), { maxLength: 5 }).map((entries) => new Map(entries));
const metadata = fc.dictionary(names, fc.string(), { maxKeys: 3, noNullPrototype: true });

/** A file with that header, exactly as given, and that many bytes of values. */
function withHeader(header: unknown, length: number): Uint8Array {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([size, json, Buffer.alloc(length)]);
}

const float = (shape: number[], start: number, end: number) => ({
  dtype: 'F32',
  shape,
  data_offsets: [start, end],
});

test('what was encoded decodes to the same tensors and metadata', (t) => {
  const property = fc.property(maps, metadata, (map, notes) => {
    const decoded = decodeSafetensors(encodeSafetensors(map, notes), 'the file');
    t.deepEqual([...decoded.tensors.keys()], [...map.keys()]);
    for (const [name, tensor] of map) t.deepEqual(decoded.tensors.get(name), tensor);
    t.deepEqual(Object.entries(decoded.metadata), Object.entries(notes));
  });
  t.notThrows(() => fc.assert(property));
});

test('values begin on a multiple of eight bytes', (t) => {
  for (const name of ['a', 'ab', 'abc']) {
    const bytes = encodeSafetensors(new Map([[name, { shape: [1], data: new Float32Array(1) }]]));
    t.is((bytes.length - 4) % 8, 0);
  }
});

test('a file of another writer is read', async (t) => {
  const { tensors: read, metadata: notes } = await readSafetensors(
    projectFile('tests/gan/fixtures/reference.safetensors'),
  );
  const w = read.get('w');
  const image = read.get('image_nchw');
  t.true(w?.data instanceof Float32Array && image !== undefined && image.data.length > 0);
  t.deepEqual(w?.shape, read.get('z')?.shape);
  t.is(image?.shape[1], 3);
  t.deepEqual(notes, {});
});

test('half precision is widened to 32 bits', (t) => {
  const header = {
    half: { dtype: 'F16', shape: [2], data_offsets: [0, 4] },
    brain: { dtype: 'BF16', shape: [2], data_offsets: [4, 8] },
  };
  const bytes = withHeader(header, 8);
  // 1.5, -65504, 1.5, -3.0: sign, exponent and fraction by the IEEE 754 and bfloat16 layouts
  Buffer.from([0x00, 0x3e, 0xff, 0xfb, 0xc0, 0x3f, 0x40, 0xc0]).copy(bytes, bytes.length - 8);
  const floats = onlyFloats(decodeSafetensors(bytes, 'the file').tensors, 'the file');
  t.deepEqual(floats.get('half')?.data, Float32Array.of(1.5, -65504));
  t.deepEqual(floats.get('brain')?.data, Float32Array.of(1.5, -3));
});

test('a written file reads back', async (t) => {
  const file = `${await temporaryFolder(t)}/a.safetensors`;
  const map = new Map([['a', { shape: [2, 1], data: Float32Array.of(1, 2) }]]);
  await writeSafetensors(file, map, { step: '3' });
  t.deepEqual(await readSafetensors(file), { tensors: map, metadata: { step: '3' } });
});

test('a file that breaks the format is refused', (t) => {
  const broken: Record<string, Uint8Array> = {
    'too short for a header': Buffer.alloc(7),
    'a header longer than the file': Buffer.from([255, 0, 0, 0, 0, 0, 0, 0, 123, 125]),
    'a header of 2^63 bytes': Buffer.from([0, 0, 0, 0, 0, 0, 0, 128, 123, 125]),
    'no JSON': withHeader('{"a"', 0),
    'a list as header': withHeader([], 0),
    'no UTF-8': withHeader('', 0).fill(0xff, 8),
    'an empty header': withHeader('', 0),
    'metadata that is no text': withHeader({ __metadata__: { a: 1 } }, 0),
    'a tensor that is no object': withHeader({ a: 1 }, 0),
    'an unknown dtype': withHeader({ a: { ...float([1], 0, 4), dtype: 'F8_E4M3' } }, 4),
    'a dtype of Object.prototype': withHeader({ a: { ...float([1], 0, 4), dtype: 'constructor' } }, 4),
    'a negative axis': withHeader({ a: float([-1, -1], 0, 4) }, 4),
    'an axis of no whole length': withHeader({ a: float([1.5], 0, 6) }, 6),
    'a shape of 2^60 values': withHeader({ a: float([2 ** 30, 2 ** 30], 0, 4) }, 4),
    'fewer bytes than the shape': withHeader({ a: float([2], 0, 4) }, 4),
    'three offsets': withHeader({ a: { dtype: 'F32', shape: [1], data_offsets: [0, 4, 8] } }, 4),
    'offsets in the wrong order': withHeader({ a: float([1], 4, 0) }, 4),
    'values behind the file': withHeader({ a: float([2], 0, 8) }, 4),
    'a gap': withHeader({ a: float([1], 0, 4), b: float([1], 8, 12) }, 12),
    'an overlap': withHeader({ a: float([2], 0, 8), b: float([2], 4, 12) }, 12),
    'the same values twice': withHeader({ a: float([1], 0, 4), b: float([1], 0, 4) }, 4),
    'bytes that no tensor has': withHeader({ a: float([1], 0, 4) }, 8),
  };
  for (const [what, bytes] of Object.entries(broken)) {
    t.throws(() => decodeSafetensors(bytes, 'the file'), { instanceOf: InputError }, what);
  }
});

test('any bytes decode or are refused with a typed error', (t) => {
  const whole = encodeSafetensors(new Map([['ab', { shape: [2], data: Float32Array.of(1, 2) }]]), { c: 'd' });
  const changes = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
  const property = fc.property(changes, fc.nat(whole.length), (edits, length) => {
    const bytes = whole.slice();
    for (const [at, value] of edits) bytes[at] = value;
    try {
      decodeSafetensors(bytes.subarray(0, length), 'the file');
    } catch (error) {
      if (!(error instanceof OnefaceError)) throw error;
    }
  });
  t.notThrows(() => fc.assert(property, { numRuns: 2000 }));
});

test('tensors that cannot be written are refused', (t) => {
  const one = new Float32Array(1);
  t.throws(() => encodeSafetensors(new Map([['a', { shape: [2], data: one }]])), { instanceOf: InputError });
  t.throws(() => encodeSafetensors(new Map([['__metadata__', { shape: [1], data: one }]])), {
    instanceOf: InputError,
  });
});

test('integers are no floats', (t) => {
  const map = new Map([['a', { shape: [1], data: Int32Array.of(1) }]]);
  const error = t.throws(() => onlyFloats(map, 'the file'), { instanceOf: InputError });
  t.is(error.message, 'Expected F32 for a in the file but received "I32"');
});

test('a scalar has one value and an empty axis none', (t) => {
  t.is(countElements([], 'it'), 1);
  t.is(countElements([3, 0, 5], 'it'), 0);
  t.throws(() => countElements([2 ** 27, 2 ** 27], 'it'), { instanceOf: InputError });
});
