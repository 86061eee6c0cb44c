import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Architecture, type FoldedNetwork, PIXELS, unet } from '@oneface/trainer/auto-shot/architecture';
import { decodeModel } from '@oneface/trainer/onnx/onnx-proto';
import { ModelSession } from '@oneface/trainer/onnx/session';
import { calibrate } from '@oneface/trainer/quantization/calibrate';
import { int8Model, type QuantizedNetwork } from '@oneface/trainer/quantization/int8-model';
import { quantizeWeights } from '@oneface/trainer/quantization/quantize-network';
import test from 'ava';
import { temporaryFolder } from '../support/temporary-folder.js';
import { type OutputCodes, runInt8Reference } from './int8-reference.js';
import { randomNetwork, randomPictures } from './random-network.js';

/** Outputs below zero between layers, odd sizes, and an output that is used twice and concatenated twice. */
const ODD: Architecture = {
  inputSize: 13,
  outputSize: 8,
  classes: 5,
  layers: [
    { op: 'conv', name: 'a', input: PIXELS, filters: 5, kernel: 3, stride: 2, activation: 'none' },
    { op: 'conv', name: 'b', input: 'a', filters: 7, kernel: 3, stride: 2, activation: 'none' },
    { op: 'upsample', name: 'c', input: 'b' },
    { op: 'conv', name: 'd', input: 'c', filters: 3, kernel: 1, stride: 1, activation: 'relu' },
    { op: 'conv', name: 'e', input: 'c', filters: 6, kernel: 3, stride: 1, activation: 'relu' },
    { op: 'concat', name: 'f', inputs: ['d', 'e', 'd'] },
    { op: 'conv', name: 'g', input: 'f', filters: 5, kernel: 3, stride: 1, activation: 'none' },
  ],
};
/** Wide enough for the kernels that ONNX Runtime keeps for channel counts in multiples of 16. */
const WIDE = unet(16, 10, [16, 32]);
const ARCHITECTURES = { 'a U-Net': unet(32, 4, [8, 12]), 'a wide U-Net': WIDE, 'an odd network': ODD };

async function quantized(network: FoldedNetwork, seed: number): Promise<QuantizedNetwork> {
  const pictures = randomPictures(network.architecture.inputSize, 4, seed);
  return quantizeWeights(network, await calibrate(network, { count: pictures.length, pictures }));
}

/** Pictures of everyday values and of extremes alone, which clip. */
function probes(side: number, seed: number): Uint8Array[] {
  const [picture = new Uint8Array()] = randomPictures(side, 1, seed + 1000);
  return [
    picture,
    picture.map((value) => (value > 127 ? 255 : 0)),
    new Uint8Array(side * side * 3).fill(255),
  ];
}

/** Outputs with at least one code that is not the same. */
function differences(outputs: OutputCodes, others: OutputCodes): string[] {
  const differs = (codes: ArrayLike<number>, other: ArrayLike<number>) =>
    codes.length !== other.length || Array.from(codes).some((code, i) => code !== other[i]);
  return [...outputs].filter(([name, codes]) => differs(codes, others.get(name) ?? [])).map(([name]) => name);
}

for (const [name, architecture] of Object.entries(ARCHITECTURES)) {
  test(`ONNX Runtime gives for ${name} bit for bit what plain loops over whole numbers give`, async (t) => {
    const { inputSize, layers } = architecture;
    const exposed = layers.map((layer) => layer.name);
    for (const seed of [1, 2, 3]) {
      const model = int8Model(await quantized(randomNetwork(architecture, seed), seed), exposed);
      const session = await ModelSession.open(model, inputSize);
      for (const pixels of probes(inputSize, seed)) {
        const outputs = await session.run(pixels);
        const reference = runInt8Reference(model, pixels);
        t.deepEqual([...outputs.keys()].sort(), [...reference.keys()].sort());
        t.deepEqual(differences(outputs, reference), []);
      }
      await session.close();
    }
  });
}

test('ONNX Runtime fuses every convolution to an integer one and leaves no float behind', async (t) => {
  const folder = await temporaryFolder(t);
  for (const [name, architecture] of Object.entries(ARCHITECTURES)) {
    const file = join(folder, 'optimised.onnx');
    const model = int8Model(await quantized(randomNetwork(architecture, 1), 1));
    await (await ModelSession.open(model, architecture.inputSize, file)).close();
    const kinds = decodeModel(await readFile(file)).graph.node.map(({ opType }) => opType);
    const convolutions = architecture.layers.filter(({ op }) => op === 'conv');
    t.is(kinds.filter((kind) => kind === 'QLinearConv').length, convolutions.length, name);
    const integer = ['QLinearConv', 'Resize', 'Concat', 'Transpose', 'ArgMax', 'Cast'];
    t.deepEqual(
      kinds.filter((kind) => !integer.includes(kind)),
      [],
      name,
    );
  }
});

test('sums in saturating 16-bit pairs, as x64 without VNNI has them, change nothing', async (t) => {
  for (const seed of [1, 2, 3]) {
    const model = int8Model(await quantized(randomNetwork(WIDE, seed), seed));
    for (const pixels of probes(WIDE.inputSize, seed)) {
      const exact = runInt8Reference(model, pixels, 'exact');
      t.deepEqual(differences(runInt8Reference(model, pixels, 'saturating'), exact), []);
    }
  }
});

test('weights of the full int8 range would saturate there', async (t) => {
  const network = await quantized(randomNetwork(WIDE, 1), 1);
  const convolutions = [...network.convolutions].map(([name, convolution]) => {
    const kernel = convolution.kernel.map((weight) => Math.trunc((weight * 127) / 64));
    return [name, { ...convolution, kernel }] as const;
  });
  const model = int8Model({ ...network, convolutions: new Map(convolutions) });
  const white = new Uint8Array(WIDE.inputSize ** 2 * 3).fill(255);
  const exact = runInt8Reference(model, white, 'exact');
  t.not(differences(runInt8Reference(model, white, 'saturating'), exact).length, 0);
});
