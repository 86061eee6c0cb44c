import { type Architecture, type FoldedNetwork, PIXELS, unet } from '@oneface/trainer/auto-shot/architecture';
import {
  foldedNetworkFromTensors,
  foldedNetworkToTensors,
  layerShapes,
} from '@oneface/trainer/auto-shot/folded-network';
import { decodeSafetensors, encodeSafetensors } from '@oneface/trainer/tensors/safetensors';
import test from 'ava';
import { randomNetwork } from '../quantization/random-network.js';

const U_NET = unet(32, 4, [8, 12]);

function reread(network: FoldedNetwork): FoldedNetwork {
  const { tensors, metadata } = foldedNetworkToTensors(network);
  return foldedNetworkFromTensors(decodeSafetensors(encodeSafetensors(tensors, metadata), 'network'));
}

test('a folded network comes back from its file as it went in', (t) => {
  const network = randomNetwork(U_NET, 1);
  t.deepEqual(reread(network), network);
});

test('tensors carry the names of their layers', (t) => {
  const { tensors } = foldedNetworkToTensors(randomNetwork(U_NET, 1));
  t.deepEqual(tensors.get('down0a.kernel')?.shape, [3, 3, 3, 8]);
  t.deepEqual(tensors.get('logits.bias')?.shape, [4]);
});

test('a file without an architecture, or with one that is no JSON or has unknown parts, is refused', (t) => {
  const { tensors, metadata } = foldedNetworkToTensors(randomNetwork(U_NET, 1));
  const read = (architecture: string) => () =>
    foldedNetworkFromTensors({ tensors, metadata: { architecture } });
  const bent = (from: string, to: string) => read((metadata.architecture ?? '').replace(from, to));
  t.throws(() => foldedNetworkFromTensors({ tensors, metadata: {} }), {
    message: /Expected an architecture/,
  });
  t.throws(read('{'), { message: /Expected JSON/ });
  t.throws(bent('"conv"', '"deconv"'), { message: /architecture\.layers\[0\]\.op/ });
  t.throws(bent('"stride":2', '"stride":3'), { message: /architecture\.layers\[0\]\.stride/ });
  t.throws(bent('"filters":8', '"filters":0'), { message: /architecture\.layers\[0\]\.filters/ });
  t.throws(bent('"classes":4', '"classes":4,"extra":1'), { message: /architecture/ });
});

test('missing, misshapen, surplus and broken weights are refused by name', (t) => {
  const file = foldedNetworkToTensors(randomNetwork(U_NET, 1));
  const withTensor = (name: string, shape: number[], value: number) => () => {
    const data = new Float32Array(shape.reduce((a, b) => a * b)).fill(value);
    foldedNetworkFromTensors({ ...file, tensors: new Map([...file.tensors, [name, { shape, data }]]) });
  };
  const without = new Map([...file.tensors].filter(([name]) => name !== 'up0a.bias'));
  t.throws(() => foldedNetworkFromTensors({ ...file, tensors: without }), {
    message: 'Expected shape 8 for tensor "up0a.bias" but received nothing',
  });
  t.throws(withTensor('up0a.bias', [9], 0), {
    message: 'Expected shape 8 for tensor "up0a.bias" but received "9"',
  });
  t.throws(withTensor('up0a.bias', [8], Number.NaN), { message: /finite numbers for tensor "up0a.bias"/ });
  t.throws(withTensor('other', [1], 0), { message: /but received "other"/ });
  const integers = new Map([
    ...file.tensors,
    ['up0a.bias', { shape: [8], data: new Int32Array(8) }] as const,
  ]);
  t.throws(() => foldedNetworkFromTensors({ ...file, tensors: integers }), { message: /32-bit floats/ });
});

test('layers that do not form a network are refused', (t) => {
  const conv = {
    op: 'conv',
    name: 'a',
    input: PIXELS,
    filters: 4,
    kernel: 3,
    stride: 2,
    activation: 'relu',
  } as const;
  const shapes = (layers: Architecture['layers']) => () =>
    layerShapes({ inputSize: 8, outputSize: 4, classes: 4, layers });
  t.notThrows(shapes([conv]));
  t.throws(shapes([{ ...conv, input: 'b' }]), { message: /an earlier layer for the input of layer "a"/ });
  t.throws(shapes([conv, conv]), { message: /a name of its own/ });
  t.throws(shapes([{ ...conv, name: PIXELS }]), { message: /a name of its own/ });
  t.throws(shapes([conv, { op: 'concat', name: 'b', inputs: ['a', PIXELS] }]), {
    message: /inputs of one size/,
  });
  t.throws(shapes([{ ...conv, filters: 5 }]), { message: /4x4x4 .* but received "4x4x5"/ });
  t.throws(shapes([]), { message: /no layers/ });
});
