import { Histogram } from '@oneface/trainer/quantization/histogram';
import test from 'ava';
import fc from 'fast-check';

const numbers = fc.float32Array({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6, minLength: 1 });

test('every number but zero is counted once, near its value, however far the range has to grow', (t) => {
  fc.assert(
    fc.property(fc.array(numbers, { minLength: 1, maxLength: 4 }), (batches) => {
      const histogram = new Histogram();
      for (const batch of batches) histogram.add(batch);
      const all = batches.flatMap((batch) => [...batch]).filter((value) => value !== 0);
      t.is(histogram.minimum, Math.min(0, ...all));
      t.is(histogram.maximum, Math.max(0, ...all));
      const binWidth = histogram.centre(1) - histogram.centre(0);
      const expected = new Map<number, number>();
      for (const value of all) {
        const bin = Math.floor(value / binWidth) + histogram.counts.length / 2;
        expected.set(bin, (expected.get(bin) ?? 0) + 1);
        t.true(Math.abs(histogram.centre(bin) - value) <= binWidth * 0.5001);
      }
      histogram.counts.forEach((count, bin) => {
        if (count !== (expected.get(bin) ?? 0)) t.fail(`bin ${bin}`);
      });
      t.true(binWidth * 512 <= Math.max(2 ** -10, ...all.map(Math.abs)), 'bins stay narrow');
    }),
    { numRuns: 100 },
  );
});

test('zeros are left out', (t) => {
  const histogram = new Histogram();
  histogram.add(Float32Array.of(0, -0, 0.5));
  t.is(
    histogram.counts.reduce((sum, count) => sum + count),
    1,
  );
});
