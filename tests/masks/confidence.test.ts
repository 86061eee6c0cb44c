import { confidences } from '@oneface/common/masks/confidence';
import test from 'ava';
import fc from 'fast-check';

test('the confidence is the softmax of the highest class, for quantised and real logits alike', (t) => {
  const logits = fc.integer({ min: 1, max: 6 }).chain((classes) =>
    fc.tuple(
      fc.constant(classes),
      fc
        .integer({ min: 1, max: 8 })
        .chain((pixels) => fc.uint8Array({ minLength: classes * pixels, maxLength: classes * pixels })),
      fc.double({ min: 0.01, max: 0.2, noNaN: true }),
      fc.integer({ min: 0, max: 255 }),
    ),
  );
  fc.assert(
    fc.property(logits, ([classes, quantised, scale, zeroPoint]) => {
      const pixels = quantised.length / classes;
      const found = confidences(quantised, classes, pixels, { scale, zeroPoint });
      const real = Float32Array.from(quantised, (q) => (q - zeroPoint) * scale);
      const foundReal = confidences(real, classes, pixels, { scale: 1, zeroPoint: 0 });
      for (let pixel = 0; pixel < pixels; pixel++) {
        const powers = Array.from({ length: classes }, (_, label) => Math.exp(real[label * pixels + pixel]));
        const softmax = Math.max(...powers) / powers.reduce((sum, power) => sum + power, 0);
        t.true(Math.abs(found[pixel] - softmax) < 1e-5);
        t.true(Math.abs(foundReal[pixel] - softmax) < 1e-5);
      }
    }),
  );
});
