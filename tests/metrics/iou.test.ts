import { InputError } from '@oneface/common/errors/errors';
import { addConfusions, countLabels, emptyConfusion, scores } from '@oneface/common/metrics/iou';
import test from 'ava';
import fc from 'fast-check';

const CLASSES = 4;

const pictures = fc
  .integer({ min: 0, max: 60 })
  .chain((pixels) =>
    fc.tuple(
      fc.array(fc.constantFrom(0, 1, 2, 3, 255), { minLength: pixels, maxLength: pixels }),
      fc.array(fc.integer({ min: 0, max: CLASSES - 1 }), { minLength: pixels, maxLength: pixels }),
    ),
  );

function confusionOf(...pairs: (readonly [readonly number[], readonly number[]])[]) {
  const confusion = emptyConfusion(CLASSES);
  for (const [truth, predicted] of pairs) {
    countLabels(confusion, Uint8Array.from(truth), Uint8Array.from(predicted));
  }
  return confusion;
}

test('the scores of a small picture are those worked out by hand', (t) => {
  const found = scores(
    confusionOf([
      [0, 0, 0, 1, 1, 255],
      [0, 0, 1, 1, 2, 3],
    ]),
  );
  t.deepEqual(found.iou, [2 / 3, 1 / 3, 0, null]);
  t.is(found.meanIou, 1 / 3);
  t.is(found.frequencyWeightedIou, (3 * (2 / 3) + 2 * (1 / 3)) / 5);
  t.is(found.pixelAccuracy, 3 / 5);
});

test('IoU is the intersection over the union of the pixel sets, ignored pixels left out', (t) => {
  fc.assert(
    fc.property(pictures, ([truth, predicted]) => {
      const { iou } = scores(confusionOf([truth, predicted]));
      for (let label = 0; label < CLASSES; label++) {
        const counted = truth.flatMap((value, at) =>
          value === 255 ? [] : [[value, predicted[at]] as const],
        );
        const both = counted.filter(([a, b]) => a === label && b === label).length;
        const either = counted.filter(([a, b]) => a === label || b === label).length;
        t.is(iou[label], either === 0 ? null : both / either);
      }
    }),
  );
});

test('a perfect prediction scores 1 wherever a pixel counts', (t) => {
  fc.assert(
    fc.property(pictures, ([truth]) => {
      const perfect = truth.map((label) => (label === 255 ? 0 : label));
      const { meanIou, frequencyWeightedIou, pixelAccuracy } = scores(confusionOf([truth, perfect]));
      const expected = truth.some((label) => label !== 255) ? 1 : null;
      t.deepEqual([meanIou, frequencyWeightedIou, pixelAccuracy], [expected, expected, expected]);
    }),
  );
});

test('adding two confusion matrices equals counting all pictures into one', (t) => {
  fc.assert(
    fc.property(pictures, pictures, (first, second) => {
      t.deepEqual(addConfusions(confusionOf(first), confusionOf(second)), confusionOf(first, second));
    }),
  );
});

test('labels past the classes and unequal sizes are refused and leave the matrix as it was', (t) => {
  const confusion = confusionOf([
    [0, 1],
    [0, 1],
  ]);
  const before = confusion.counts.slice();
  t.throws(() => countLabels(confusion, Uint8Array.of(0, 0), Uint8Array.of(0, 4)), {
    instanceOf: InputError,
    message: 'Expected labels below 4 for a confusion matrix but received 4',
  });
  t.throws(() => countLabels(confusion, Uint8Array.of(0), Uint8Array.of(0, 1)), { instanceOf: InputError });
  t.throws(() => addConfusions(confusion, emptyConfusion(3)), { instanceOf: InputError });
  t.deepEqual(confusion.counts, before);
});
