import { Histogram } from '@oneface/trainer/quantization/histogram';
import { fullRange, leastErrorRange, type Range, scaleOfRange } from '@oneface/trainer/quantization/ranges';
import { randomAt } from '@oneface/trainer/random/seeded-random';
import test from 'ava';
import fc from 'fast-check';

/** Mean square error of numbers that went through 256 codes of a range. */
function squareError(values: Float32Array, range: Range): number {
  const { scale, zeroPoint } = scaleOfRange(range);
  const errors = values.map((value) => {
    const code = Math.min(Math.max(Math.round(value / scale) + zeroPoint, 0), 255);
    return (value - (code - zeroPoint) * scale) ** 2;
  });
  return errors.reduce((sum, error) => sum + error) / values.length;
}

/** Exponentially distributed numbers, half of them cut to 0 as by a ReLU, with two outliers. */
function activations(seed: number): Float32Array {
  const random = randomAt(seed, 'activations');
  const values = Float32Array.from({ length: 20_000 }, () => Math.max(0, -Math.log(1 - random()) - 0.7));
  values.set([40, 55]);
  return values;
}

function histogramOf(values: Float32Array): Histogram {
  const histogram = new Histogram();
  histogram.add(values);
  return histogram;
}

test('codes reach both ends of the range within one step, and real 0 is a code', (t) => {
  const end = fc.oneof(fc.constant(0), fc.float({ min: Math.fround(1e-9), max: 1e6, noNaN: true }));
  fc.assert(
    fc.property(end, end, (below, high) => {
      const { scale, zeroPoint } = scaleOfRange({ low: -below, high });
      t.true(Number.isInteger(zeroPoint) && zeroPoint >= 0 && zeroPoint <= 255);
      t.is(scale, Math.fround(scale));
      t.true(scale > 0);
      t.true(Math.abs(-zeroPoint * scale + below) <= scale * 0.51);
      t.true(Math.abs((255 - zeroPoint) * scale - high) <= scale * 0.51 || (below === 0 && high === 0));
    }),
  );
});

test('a range from 0 has zero point 0, so that codes stand in for a ReLU', (t) => {
  t.deepEqual(scaleOfRange({ low: 0, high: 255 }), { scale: 1, zeroPoint: 0 });
  t.is(leastErrorRange(histogramOf(activations(1))).low, 0);
});

test('an output that is always 0, or next to it, has a scale', (t) => {
  t.deepEqual(scaleOfRange(fullRange(histogramOf(new Float32Array(8)))), { scale: 1, zeroPoint: 0 });
  t.deepEqual(scaleOfRange({ low: -1e-44, high: 1e-30 }), { scale: 1, zeroPoint: 0 });
});

test('the range of least error cuts outliers off and beats the full range and its neighbours', (t) => {
  for (const seed of [1, 2, 3]) {
    const values = activations(seed);
    const range = leastErrorRange(histogramOf(values));
    const error = squareError(values, range);
    t.true(range.high < 55 && range.high > 5);
    t.true(error < squareError(values, { low: 0, high: 55 }));
    t.true(error < squareError(values, { low: 0, high: range.high * 0.8 }));
    t.true(error < squareError(values, { low: 0, high: range.high * 1.25 }));
  }
});
