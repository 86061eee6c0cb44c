import { type Architecture, PIXELS, unet } from '@oneface/trainer/auto-shot/architecture';
import { floatModel } from '@oneface/trainer/onnx/float-model';
import { decodeModel } from '@oneface/trainer/onnx/onnx-proto';
import { ModelSession } from '@oneface/trainer/onnx/session';
import test from 'ava';
import { randomNetwork, randomPictures } from '../quantization/random-network.js';
import { floatReference } from './float-reference.js';

/** Stride two on an odd size, 1x1 kernels, an output used twice and a convolution without activation. */
const ODD: Architecture = {
  inputSize: 15,
  outputSize: 16,
  classes: 3,
  layers: [
    { op: 'conv', name: 'a', input: PIXELS, filters: 5, kernel: 3, stride: 2, activation: 'relu' },
    { op: 'conv', name: 'b', input: 'a', filters: 4, kernel: 1, stride: 1, activation: 'none' },
    { op: 'conv', name: 'c', input: 'b', filters: 4, kernel: 3, stride: 1, activation: 'relu' },
    { op: 'concat', name: 'd', inputs: ['a', 'c', 'a'] },
    { op: 'upsample', name: 'e', input: 'd' },
    { op: 'conv', name: 'f', input: 'e', filters: 3, kernel: 1, stride: 1, activation: 'none' },
  ],
};

const ARCHITECTURES = { 'a U-Net': unet(32, 4, [8, 12]), 'an odd network': ODD };

for (const [name, architecture] of Object.entries(ARCHITECTURES)) {
  test(`the float file of ${name} gives the logits of the definition in plain loops`, async (t) => {
    const { inputSize, outputSize, classes } = architecture;
    for (const seed of [1, 2, 3]) {
      const network = randomNetwork(architecture, seed);
      const session = await ModelSession.open(floatModel(network), inputSize);
      for (const pixels of randomPictures(inputSize, 2, seed)) {
        const outputs = await session.run(pixels);
        const logits = outputs.get('logits') as Float32Array;
        const labels = outputs.get('labels') as Uint8Array;
        const reference = floatReference(network, pixels);
        t.is(logits.length, outputSize ** 2 * classes);
        t.is(labels.length, outputSize ** 2);
        let worst = 0;
        for (let pixel = 0; pixel < labels.length; pixel++) {
          const scores = Array.from(
            { length: classes },
            (_, label) => logits[label * labels.length + pixel] ?? 0,
          );
          scores.forEach((score, label) => {
            worst = Math.max(worst, Math.abs(score - (reference.data[pixel * classes + label] ?? Infinity)));
          });
          t.is(labels[pixel], scores.indexOf(Math.max(...scores)));
        }
        t.true(worst < 1e-4, `largest difference ${worst}`);
      }
      await session.close();
    }
  });
}

test('a float file says who made it and what goes in and out', (t) => {
  const model = decodeModel(floatModel(randomNetwork(unet(32, 4, [8, 12]), 1)));
  const signature = (values: typeof model.graph.input) =>
    values.map(({ name, type: { tensorType } }) => [
      name,
      tensorType.elemType,
      ...tensorType.shape.dim.map(({ dimValue }) => dimValue),
    ]);
  t.is(model.producerName, 'oneface');
  t.deepEqual(model.opsetImport, [{ domain: '', version: 17 }]);
  t.deepEqual(signature(model.graph.input), [['pixels', 2, 1, 32, 32, 3]]);
  t.deepEqual(signature(model.graph.output), [
    ['labels', 2, 1, 16, 16],
    ['logits', 1, 1, 4, 16, 16],
  ]);
});

test('any layer can be made an output too', async (t) => {
  const session = await ModelSession.open(floatModel(randomNetwork(ODD, 1), [PIXELS, 'e', 'f']), 15);
  const outputs = await session.run(new Uint8Array(15 * 15 * 3).fill(128));
  await session.close();
  t.deepEqual([...outputs.keys()].sort(), ['e/output', 'labels', 'logits', 'pixels/output']);
  t.is(outputs.get('e/output')?.length, 16 * 16 * 14);
  t.true(outputs.get('pixels/output')?.every((value) => value === 0));
});
