import { ModelSpec } from '@oneface/common/models/model-spec';
import { compileValidator } from '@oneface/common/schemas/validator';
import { type Architecture, PIXELS } from '@oneface/trainer/auto-shot/architecture';
import { ModelSession } from '@oneface/trainer/onnx/session';
import { quantizeNetwork } from '@oneface/trainer/quantization/quantize-network';
import test from 'ava';
import { colourNetwork, randomNetwork, randomPictures } from './random-network.js';

const SIDE = 32;

async function* oneByOne(pictures: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pictures;
}

test('the same network and pictures give the same bytes', async (t) => {
  const pictures = randomPictures(SIDE, 6, 1);
  const first = await quantizeNetwork(colourNetwork(1), 'face-3', { count: 6, pictures });
  const second = await quantizeNetwork(colourNetwork(1), 'face-3', {
    count: 6,
    pictures: oneByOne(pictures),
  });
  t.deepEqual(first, second);
});

test('the integer file labels and scores unseen pictures nearly as the float file does', async (t) => {
  for (const seed of [1, 2, 3]) {
    const pictures = randomPictures(SIDE, 24, seed);
    const calibration = { count: 16, pictures: pictures.slice(0, 16) };
    const { float, int8 } = await quantizeNetwork(colourNetwork(seed), 'face-3', calibration);
    const { scale, zeroPoint } = int8.spec.logits;
    const real = await ModelSession.open(float.model, SIDE);
    const whole = await ModelSession.open(int8.model, SIDE);
    const counts = new Map<number, number>();
    let alike = 0;
    let signal = 0;
    let noise = 0;
    for (const picture of pictures.slice(16)) {
      const wanted = await real.run(picture);
      const given = await whole.run(picture);
      const labels = wanted.get('labels') as Uint8Array;
      labels.forEach((label, i) => {
        counts.set(label, (counts.get(label) ?? 0) + 1);
        if (label === given.get('labels')?.[i]) alike++;
      });
      wanted.get('logits')?.forEach((score, i) => {
        const code = given.get('logits')?.[i] ?? Number.NaN;
        signal += score ** 2;
        noise += (score - (code - zeroPoint) * scale) ** 2;
      });
    }
    await real.close();
    await whole.close();
    const pixels = [...counts.values()].reduce((sum, count) => sum + count);
    t.is(counts.size, 4);
    t.true(alike / pixels > 0.97);
    t.true(10 * Math.log10(signal / noise) > 27);
  }
});

test('the specs say how to run the files', async (t) => {
  const check = compileValidator(ModelSpec, 'spec');
  const network = colourNetwork(1);
  const { float, int8 } = await quantizeNetwork(network, 'face-3', {
    count: 2,
    pictures: randomPictures(SIDE, 2, 1),
  });
  const common = {
    classSet: 'face-3',
    input: { width: 32, height: 32 },
    output: { width: 16, height: 16 },
  } as const;
  t.deepEqual(check(float.spec), { ...common, precision: 'float32', logits: { scale: 1, zeroPoint: 0 } });
  t.deepEqual(check(int8.spec), { ...common, precision: 'int8', logits: int8.spec.logits });
  t.true(int8.model.length < float.model.length);
});

test('the report tells for each convolution what was seen and what was lost', async (t) => {
  const { report } = await quantizeNetwork(colourNetwork(1), 'face-3', {
    count: 8,
    pictures: randomPictures(SIDE, 8, 1),
  });
  t.deepEqual(
    report.layers.map(({ layer }) => layer),
    ['down0a', 'down0b', 'down1a', 'down1b', 'up0a', 'up0b', 'logits'],
  );
  for (const { layer, minimum, maximum, scale, zeroPoint, sqnr } of report.layers) {
    t.is(zeroPoint === 0, layer !== 'logits', layer);
    t.true(minimum <= 0 && maximum > 0 && scale > 0, layer);
    t.true(sqnr !== undefined && sqnr > 20 && sqnr < 80, `${layer} ${sqnr}`);
  }
  t.true(report.labelAgreement > 0.97 && report.labelAgreement <= 1);
});

test('progress counts the pictures', async (t) => {
  const calls: [number, number][] = [];
  const calibration = { count: 3, pictures: oneByOne(randomPictures(SIDE, 3, 1)) };
  await quantizeNetwork(colourNetwork(1), 'face-3', calibration, (done, total) => calls.push([done, total]));
  t.deepEqual(calls, [
    [1, 3],
    [2, 3],
    [3, 3],
  ]);
});

test('calibration without pictures, or with one of another size, is refused', async (t) => {
  const network = colourNetwork(1);
  await t.throwsAsync(quantizeNetwork(network, 'face-3', { count: 0, pictures: [] }), {
    message: 'Expected at least one picture for calibration but received 0',
  });
  await t.throwsAsync(quantizeNetwork(network, 'face-3', { count: 1, pictures: [new Uint8Array(12)] }), {
    message: 'Expected 32x32 RGB pixels (3072 bytes) for a calibration picture but received 12 bytes',
  });
});

test('a network whose outputs are not finite is refused by layer', async (t) => {
  const network = colourNetwork(1);
  network.convolutions.get('up0b')?.kernel.fill(1e38);
  const calibration = { count: 1, pictures: randomPictures(SIDE, 1, 1) };
  await t.throwsAsync(quantizeNetwork(network, 'face-3', calibration), {
    message: /finite outputs for layer "up0b"/,
  });
});

test('a concatenation of activated and other outputs is refused', async (t) => {
  const conv = { op: 'conv', filters: 2, kernel: 1, stride: 1, input: PIXELS } as const;
  const architecture: Architecture = {
    inputSize: 4,
    outputSize: 4,
    classes: 4,
    layers: [
      { ...conv, name: 'a', activation: 'relu' },
      { ...conv, name: 'b', activation: 'none' },
      { op: 'concat', name: 'c', inputs: ['a', 'b'] },
    ],
  };
  const calibration = { count: 1, pictures: randomPictures(4, 1, 1) };
  await t.throwsAsync(quantizeNetwork(randomNetwork(architecture, 1), 'face-3', calibration), {
    message: 'Expected inputs of one activation for layer "c" but received "relu, none"',
  });
});
