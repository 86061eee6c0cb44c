import { InputError } from '@oneface/common/errors/errors';
import type { LabelMap } from '@oneface/common/images/raster';
import {
  countsToString,
  decodeRle,
  encodeRle,
  maskToCounts,
  stringToCounts,
} from '@oneface/common/masks/rle';
import test from 'ava';
import fc from 'fast-check';

function mask(width: number, height: number, inside: (x: number, y: number) => boolean): LabelMap {
  const data = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) if (inside(x, y)) data[y * width + x] = 1;
  }
  return { width, height, data };
}

// Strings that pycocotools 2.0.11 (mask.encode) wrote for the same masks.
const PYCOCOTOOLS: readonly (readonly [string, LabelMap, string])[] = [
  ['a pattern', mask(5, 7, (x, y) => (x * 7 + y * 13 + x * y) % 5 < 2), '011010011O40L1OO00O0'],
  ['an empty mask', mask(4, 3, () => false), '<'],
  ['a full mask', mask(4, 3, () => true), '0<'],
  ['the first pixel', mask(4, 3, (x, y) => x === 0 && y === 0), '01;'],
  ['the last pixel', mask(4, 3, (x, y) => x === 3 && y === 2), ';1'],
  [
    'a disc',
    mask(80, 60, (x, y) => (x - 40) ** 2 + (y - 25) ** 2 < 24 ** 2),
    '_P1=\\16K4L4M2N2N2N2N2N2N2O0O2O0O2O000O2O000000000000000000000001N10001N101N101N2N2N2N2N2N2N3L4L5J`m0',
  ],
  [
    'pixels far apart',
    mask(300, 400, (x, y) =>
      [399 * 300 + 299, 3 * 300, 200 * 300 + 100, 201 * 300 + 100].includes(y * 300 + x),
    ),
    '31TXW11aeV1O',
  ],
];

for (const [name, labels, counts] of PYCOCOTOOLS) {
  test(`the string of ${name} is the one that pycocotools writes, and is read back`, (t) => {
    const rle = encodeRle(labels, 1);
    t.is(rle.counts, counts);
    t.deepEqual(rle.size, [labels.height, labels.width]);
    t.deepEqual(decodeRle(rle), labels);
  });
}

test('any label of any map survives encoding and decoding', (t) => {
  const maps = fc
    .tuple(fc.integer({ min: 1, max: 24 }), fc.integer({ min: 1, max: 24 }))
    .chain(([width, height]) =>
      fc.record({
        width: fc.constant(width),
        height: fc.constant(height),
        data: fc.uint8Array({ minLength: width * height, maxLength: width * height, max: 3 }),
      }),
    );
  fc.assert(
    fc.property(maps, fc.integer({ min: 0, max: 3 }), (labels, label) => {
      const decoded = decodeRle(encodeRle(labels, label));
      t.deepEqual(
        decoded.data,
        labels.data.map((value) => Number(value === label)),
      );
    }),
  );
});

test('any list of runs survives the string form', (t) => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 2 ** 28 })), (counts) => {
      t.deepEqual(stringToCounts(countsToString(counts)), counts);
    }),
  );
});

test('any text is either read as runs of 0 or more, or refused as bad input', (t) => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-o]{0,40}$/)), (text) => {
      try {
        t.true(stringToCounts(text).every((run) => Number.isInteger(run) && run >= 0));
      } catch (error) {
        t.true(error instanceof InputError);
      }
    }),
  );
});

test('runs that do not fill the mask are refused', (t) => {
  t.throws(() => decodeRle({ size: [3, 4], counts: ';' }), {
    instanceOf: InputError,
    message: 'Expected runs of 12 pixels for an RLE mask but received 11',
  });
  t.throws(() => decodeRle({ size: [3, 4], counts: '=' }), { instanceOf: InputError });
});

test('a string that is cut off inside a number is refused', (t) => {
  const whole = countsToString([100_000]);
  t.throws(() => stringToCounts(whole.slice(0, -1)), {
    instanceOf: InputError,
    message: /Expected a COCO run-length string/,
  });
});

test('runs go down the columns and start outside the mask', (t) => {
  t.deepEqual(maskToCounts({ width: 2, height: 2, data: Uint8Array.of(0, 1, 1, 0) }, 1), [1, 2, 1]);
  t.deepEqual(maskToCounts({ width: 2, height: 2, data: Uint8Array.of(1, 0, 1, 0) }, 1), [0, 2, 2]);
});
