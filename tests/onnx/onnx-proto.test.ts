import { GraphBuilder } from '@oneface/trainer/onnx/graph-builder';
import { decodeModel } from '@oneface/trainer/onnx/onnx-proto';
import test from 'ava';
import fc from 'fast-check';

const typedArray = fc.oneof(
  fc.float32Array({ noNaN: true, maxLength: 20 }),
  fc.uint8Array({ maxLength: 20 }),
  fc.int8Array({ maxLength: 20 }),
  fc.int32Array({ maxLength: 20 }),
);
const attribute = fc.oneof(fc.maxSafeInteger(), fc.array(fc.maxSafeInteger(), { minLength: 1 }), fc.string());

test('what a graph is built from can be read back from its file', (t) => {
  fc.assert(
    fc.property(fc.string(), typedArray, fc.string(), attribute, (name, data, key, value) => {
      const graph = new GraphBuilder();
      graph.initialiser(name, data, [data.length]);
      graph.node('Some', [name, ''], 'out', { [key]: value });
      const { initializer, node } = decodeModel(graph.build('graph')).graph;
      const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      const [constant] = initializer;
      t.is(constant?.name, name);
      t.deepEqual(constant?.dims, [data.length]);
      t.deepEqual([...(constant?.rawData ?? [])], [...bytes]);
      const [some] = node;
      t.deepEqual(
        [some?.opType, some?.name, some?.input, some?.output],
        ['Some', 'out', [name, ''], ['out']],
      );
      const [read] = some?.attribute ?? [];
      t.is(read?.name, key);
      if (typeof value === 'number') t.is(read?.i, value);
      else if (typeof value === 'string') t.is(new TextDecoder().decode(read?.s), value);
      else t.deepEqual(read?.ints, value);
    }),
    { numRuns: 60 },
  );
});

test('bytes that are no ONNX file are refused', (t) => {
  const jpeg = Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 16);
  t.throws(() => decodeModel(jpeg), {
    message: 'Expected an ONNX model for the model file but received 6 bytes',
  });
  t.throws(() => decodeModel(new Uint8Array()), { message: /with a graph/ });
});

test('a file that was cut off is refused', (t) => {
  const graph = new GraphBuilder();
  graph.initialiser('numbers', new Int32Array(10), [10]);
  const file = graph.build('graph');
  t.throws(() => decodeModel(file.subarray(0, file.length - 20)), { code: 'input' });
});
