import { applyAffine, determinant } from '@oneface/common/images/affine';
import {
  type AugmentationRanges,
  drawAugmentation,
  type PlacementRanges,
} from '@oneface/trainer/auto-shot/augmentation';
import { randomAt } from '@oneface/trainer/random/seeded-random';
import test from 'ava';
import fc from 'fast-check';
import { STILL } from './still.js';

const TINY = 1e-9;

const share = () => fc.double({ min: 0, max: 1, noNaN: true });
const placement = (): fc.Arbitrary<PlacementRanges> =>
  fc.record({
    translation: share(),
    scale: fc
      .tuple(fc.double({ min: 0.05, max: 10, noNaN: true }), fc.double({ min: 0.05, max: 10, noNaN: true }))
      .map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const),
  });
const ranges: fc.Arbitrary<AugmentationRanges> = fc.record({
  rotation: fc.double({ min: 0, max: 180, noNaN: true }),
  wide: placement(),
  aligned: placement(),
  alignedShare: share(),
  flip: share(),
  color: share(),
  gray: share(),
  background: share(),
  dyedLabels: fc.uniqueArray(fc.integer({ min: 0, max: 9 })),
  dye: share(),
  noise: fc.double({ min: 0, max: 255, noNaN: true }),
});

function isBetween(value: number, low: number, high: number): boolean {
  return value >= low - TINY && value <= high + TINY;
}

test('what is drawn stays in its ranges', (t) => {
  fc.assert(
    fc.property(ranges, fc.integer(), (given, seed) => {
      const { toSource, color, fill, dyes, noise } = drawAugmentation(given, randomAt(seed, 'augmentation'));
      const [a, b, , d, e] = toSource;
      const scale = 1 / Math.sqrt(Math.abs(determinant(toSource)));
      const angle = (Math.atan2(-d, e) * 180) / Math.PI;
      t.true(isBetween(Math.abs(angle), 0, given.rotation + 1e-6));
      // A similarity: both axes are as long, and upright to each other.
      t.true(
        Math.abs(a * d + b * e) < 1e-6 * (d * d + e * e) &&
          Math.abs(a * a + b * b - d * d - e * e) < 1e-6 * (d * d + e * e),
      );

      // The picture's centre comes to lie where the map takes back to it.
      const fits = [given.wide, given.aligned].some(({ scale: [low, high], translation }) => {
        const corner = applyAffine(toSource, { x: 0.5, y: 0.5 });
        const length = Math.hypot(corner.x - 0.5, corner.y - 0.5) * scale;
        return (
          isBetween(scale, low * (1 - TINY), high * (1 + TINY)) &&
          isBetween(length, 0, translation * Math.SQRT2 + 1e-6)
        );
      });
      t.true(fits);

      t.is(color.length, 12);
      const contrastMost = 1 + given.color;
      for (const row of [0, 4, 8]) {
        const gain = color[row] + color[row + 1] + color[row + 2];
        t.true(isBetween(gain, 0, contrastMost * (1 + given.color / 2)));
        t.true(isBetween(Math.abs(color[row + 3]), 0, 256 * given.color));
      }
      t.true(fill.every((value) => Number.isInteger(value) && value >= 0 && value <= 255));
      t.true(isBetween(noise, 0, given.noise));
      const dyed = dyes.map(({ label }) => label);
      t.deepEqual(
        dyed,
        given.dyedLabels.filter((label) => dyed.includes(label)),
      );
      t.true(dyes.every(({ share, gain }) => isBetween(share, 0, 1) && gain > 0));
    }),
    { numRuns: 300 },
  );
});

function draws(changes: Partial<AugmentationRanges>, count = 400) {
  const random = randomAt(1, 'draws');
  return Array.from({ length: count }, () => drawAugmentation({ ...STILL, ...changes }, random));
}

test('without ranges nothing is changed', (t) => {
  for (const { toSource, color, replaceBackground, dyes, noise } of draws({}, 5)) {
    t.deepEqual(
      [...toSource].map((value) => value + 0),
      [1, 0, 0, 0, 1, 0],
    );
    t.deepEqual(color, [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0]);
    t.false(replaceBackground);
    t.deepEqual(dyes, []);
    t.is(noise, 0);
  }
});

test('mirror images, grey pictures, backgrounds, dyes and aligned places come as often as they should', (t) => {
  const drawn = draws({
    flip: 0.5,
    gray: 0.25,
    background: 0.75,
    alignedShare: 0.6,
    dyedLabels: [7, 9],
    dye: 0.4,
    wide: { translation: 0, scale: [0.5, 0.5] },
  });
  const shareOf = (test: (each: (typeof drawn)[number]) => boolean) =>
    drawn.filter(test).length / drawn.length;
  const shares = {
    flip: [shareOf(({ toSource }) => determinant(toSource) < 0), 0.5],
    gray: [shareOf(({ color }) => color[1] > 0), 0.25],
    background: [shareOf(({ replaceBackground }) => replaceBackground), 0.75],
    dye: [shareOf(({ dyes }) => dyes.some(({ label }) => label === 9)), 0.4],
    aligned: [shareOf(({ toSource }) => Math.abs(determinant(toSource)) < 2), 0.6],
  };
  for (const [name, [found, wanted]] of Object.entries(shares)) {
    t.true(Math.abs(found - wanted) < 0.1, `${name}: ${found}`);
  }
});

test('sizes are drawn evenly on a logarithmic scale: as often halved as doubled', (t) => {
  const drawn = draws({ wide: { translation: 0, scale: [0.25, 4] } });
  const larger = drawn.filter(({ toSource }) => determinant(toSource) < 1).length / drawn.length;
  t.true(Math.abs(larger - 0.5) < 0.1, `${larger}`);
});
