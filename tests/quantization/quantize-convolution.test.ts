import { quantizeConvolution, WEIGHT_LIMIT } from '@oneface/trainer/quantization/quantize-convolution';
import test from 'ava';
import fc from 'fast-check';

const weight = fc.oneof(
  fc.float({ min: -4, max: 4, noNaN: true }),
  fc.float({ min: Math.fround(-1e-30), max: Math.fround(1e-30), noNaN: true }),
  fc.constantFrom(0, 1e3, -1e3),
);

/** A 3x3 convolution of 2 inputs to 2 filters, its input scale and the means of its inputs. */
const convolution = fc.record({
  kernel: fc.array(weight, { minLength: 36, maxLength: 36 }).map((values) => Float32Array.from(values)),
  bias: fc.array(weight, { minLength: 2, maxLength: 2 }).map((values) => Float32Array.from(values)),
  inputScale: fc.float({ min: Math.fround(1e-4), max: 1, noNaN: true }),
});

test('no two products with uint8 activations leave 16 bits', (t) => {
  fc.assert(
    fc.property(convolution, ({ kernel, bias, inputScale }) => {
      const quantized = quantizeConvolution({ kernel, kernelShape: [3, 3, 2, 2], bias }, inputScale, [0, 0]);
      const largest = Math.max(...quantized.kernel.map(Math.abs));
      t.true(255 * largest + 255 * largest <= 32767);
    }),
  );
  t.true(2 * 255 * WEIGHT_LIMIT <= 32767);
});

test('weights and biases come back within half a step, and sums fit 32 bits', (t) => {
  fc.assert(
    fc.property(convolution, ({ kernel, bias, inputScale }) => {
      const quantized = quantizeConvolution({ kernel, kernelShape: [3, 3, 2, 2], bias }, inputScale, [0, 0]);
      for (let filter = 0; filter < 2; filter++) {
        const scale = quantized.scales[filter] ?? Number.NaN;
        const biasScale = quantized.biasScales[filter] ?? Number.NaN;
        t.is(biasScale, Math.fround(inputScale * scale));
        for (let i = 0; i < 18; i++) {
          const real = kernel[((i % 9) * 2 + Math.floor(i / 9)) * 2 + filter] ?? Number.NaN;
          const back = (quantized.kernel[filter * 18 + i] ?? Number.NaN) * scale;
          t.true(Math.abs(back - real) <= scale * 0.5001);
        }
        const code = quantized.bias[filter] ?? Number.NaN;
        t.true(Math.abs(code * biasScale - (bias[filter] ?? Number.NaN)) <= biasScale * 128);
        t.true(Math.abs(code) + 18 * 255 * WEIGHT_LIMIT < 2 ** 31);
      }
    }),
  );
});

test('the bias takes back what rounding does to the mean output', (t) => {
  const kernel = Float32Array.of(1, 0.012, -0.0113, 0.027);
  const means = [0.5, 3, 1.7, 2.2];
  const quantized = quantizeConvolution(
    { kernel, kernelShape: [1, 1, 4, 1], bias: Float32Array.of(0.25) },
    0.01,
    means,
  );
  const meanOutput = means.reduce((sum, mean, i) => sum + mean * (kernel[i] ?? Number.NaN), 0.25);
  const scale = quantized.scales[0] ?? Number.NaN;
  const meanProducts = means.reduce(
    (sum, mean, i) => sum + mean * scale * (quantized.kernel[i] ?? Number.NaN),
    0,
  );
  const integerMean =
    meanProducts + (quantized.bias[0] ?? Number.NaN) * (quantized.biasScales[0] ?? Number.NaN);
  t.true(Math.abs(meanProducts + 0.25 - meanOutput) > 0.005);
  t.true(Math.abs(integerMean - meanOutput) < 1e-4);
});

test('each filter has a scale of its own', (t) => {
  const weights = {
    kernel: Float32Array.of(64, 0.5),
    kernelShape: [1, 1, 1, 2],
    bias: new Float32Array(2),
  } as const;
  const { kernel, scales } = quantizeConvolution(weights, 1, [0]);
  t.deepEqual([...kernel], [64, 64]);
  t.deepEqual([...scales], [1, 0.5 / 64]);
});

test('a filter of zeros is zero', (t) => {
  const weights = {
    kernel: new Float32Array(9),
    kernelShape: [3, 3, 1, 1],
    bias: new Float32Array(1),
  } as const;
  const { kernel, bias, scales } = quantizeConvolution(weights, 0.1, [1]);
  t.deepEqual([[...kernel], [...bias], [...scales]], [new Array(9).fill(0), [0], [1]]);
});
