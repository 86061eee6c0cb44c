import type { AugmentationRanges } from '@oneface/trainer/auto-shot/augmentation';
import { type Batch, drawBatch } from '@oneface/trainer/auto-shot/batch';
import { randomAt } from '@oneface/trainer/random/seeded-random';
import type { SoftLabelled } from '@oneface/trainer/synthesis/soft-labels';
import test from 'ava';
import fc from 'fast-check';
import { markedPicture, softLabelled } from './marked-picture.js';
import { STILL } from './still.js';

const SIDE = 32;
const GRID = SIDE / 2;
const CLASSES = 3;

const TURNING: AugmentationRanges = {
  ...STILL,
  rotation: 180,
  wide: { translation: 0.2, scale: [0.6, 1.6] },
  flip: 0.5,
};

function draw(
  set: readonly SoftLabelled[],
  changes: Partial<AugmentationRanges>,
  seed: number,
  batch = 1,
): Batch {
  const sizes = { batch, inputSize: SIDE, outputSize: GRID };
  return drawBatch(set, sizes, { ...STILL, ...changes }, randomAt(seed, 'batch'));
}

/** Red of the four pixels under a cell of the label grid, as bytes. */
function pixelsUnder(cell: number, pixels: Float32Array): number[] {
  const row = 2 * Math.floor(cell / GRID);
  const column = 2 * (cell % GRID);
  return [0, 1, SIDE, SIDE + 1].map((step) => pixels[(row * SIDE + column + step) * 3] * 128 + 128);
}

function randomPicture(seed: number): SoftLabelled {
  const random = randomAt(seed, 'picture');
  const data = Uint8Array.from({ length: SIDE * SIDE * 3 }, () => random() * 256);
  const labels = Array.from({ length: GRID * GRID }, () => Math.floor(random() * CLASSES));
  return softLabelled({ width: SIDE, height: SIDE, data }, labels, CLASSES);
}

test('without augmentation the picture and its labels come back', (t) => {
  const source = randomPicture(1);
  const { pixels, probabilities } = draw([source], {}, 1, 2);
  const picture = [...source.picture.data].map((value) => (value - 128) / 128);
  t.deepEqual([...pixels], [...picture, ...picture]);
  const labels = [...source.probabilities].map((value) => value / 255);
  t.deepEqual([...probabilities], [...labels, ...labels]);
});

test('a marked corner and its label lie on each other, however the picture is turned, flipped and laid', (t) => {
  let marked = 0;
  for (let seed = 0; seed < 60; seed++) {
    const { pixels, probabilities } = draw([markedPicture(SIDE)], TURNING, seed);
    for (let cell = 0; cell < GRID * GRID; cell++) {
      if (probabilities[cell * CLASSES + 1] < 0.999) continue;
      marked++;
      const brightness = pixelsUnder(cell, pixels).reduce((sum, value) => sum + value, 0) / 4;
      t.true(brightness > 190, `seed ${seed}, cell ${cell}: ${brightness}`);
    }
  }
  t.true(marked > 60 * 5, `${marked}`);
});

test('the centre of a marked part and that of its label are the same to a quarter of a pixel', (t) => {
  // So large that nothing but the picture is in view.
  const close = { ...TURNING, wide: { translation: 0.05, scale: [1.6, 2] as const } };
  for (let seed = 0; seed < 30; seed++) {
    const { pixels, probabilities } = draw([markedPicture(SIDE)], close, seed);
    const light = centroid(SIDE, (pixel) => pixels[pixel * 3] * 128 + 128);
    const label = centroid(GRID, (cell) => probabilities[cell * CLASSES + 1]);
    t.true(
      Math.hypot(light.x - label.x, light.y - label.y) < 0.25 / SIDE,
      `seed ${seed}: ${JSON.stringify([light, label])}`,
    );
  }
});

/** The centre of mass of a square grid, in shares of its side. */
function centroid(side: number, mass: (at: number) => number) {
  let [x, y, all] = [0, 0, 0];
  for (let at = 0; at < side * side; at++) {
    x += mass(at) * ((at % side) + 0.5);
    y += mass(at) * (Math.floor(at / side) + 0.5);
    all += mass(at);
  }
  return { x: x / all / side, y: y / all / side };
}

test('a mirror image is the picture read from right to left', (t) => {
  const source = randomPicture(2);
  const plain = draw([source], {}, 3);
  const mirrored = draw([source], { flip: 1 }, 3);
  const reversed = (values: Float32Array, side: number, channels: number) =>
    values.map((_, i) => {
      const pixel = Math.floor(i / channels);
      const column = side - 1 - (pixel % side);
      return values[(Math.floor(pixel / side) * side + column) * channels + (i % channels)];
    });
  t.deepEqual(mirrored.pixels, reversed(plain.pixels, SIDE, 3));
  t.deepEqual(mirrored.probabilities, reversed(plain.probabilities, GRID, CLASSES));
});

test('what the picture does not reach is background and shows the fill colour', (t) => {
  const everywhere = Array.from({ length: GRID * GRID }, () => 2);
  const white = { width: SIDE, height: SIDE, data: new Uint8Array(SIDE * SIDE * 3).fill(255) };
  const source = softLabelled(white, everywhere, CLASSES);
  const { pixels, probabilities } = draw([source], { wide: { translation: 0, scale: [0.5, 0.5] } }, 4);
  const fill = pixelsUnder(0, pixels)[0];
  for (let cell = 0; cell < GRID * GRID; cell++) {
    const isInside = [Math.floor(cell / GRID), cell % GRID].every(
      (place) => place >= GRID / 4 && place < (3 * GRID) / 4,
    );
    const [background, , other] = probabilities.subarray(cell * CLASSES, (cell + 1) * CLASSES);
    t.deepEqual([background, other], isInside ? [0, 1] : [1, 0]);
    const centre = Math.hypot(Math.floor(cell / GRID) - 7.5, (cell % GRID) - 7.5);
    if (centre < 3) t.true(pixelsUnder(cell, pixels).every((value) => value === 255));
    if (!isInside && centre > 8) t.true(pixelsUnder(cell, pixels).every((value) => value === fill));
  }
});

test('the probabilities of a pixel sum to one under any augmentation', (t) => {
  const set = [1, 2, 3].map(randomPicture);
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const changes = { ...TURNING, color: 0.5, gray: 0.3, background: 0.5, noise: 10 };
      const { pixels, probabilities } = draw(set, changes, seed, 2);
      for (let cell = 0; cell < probabilities.length; cell += CLASSES) {
        const sum = probabilities.subarray(cell, cell + CLASSES).reduce((total, value) => total + value, 0);
        t.true(Math.abs(sum - 1) < 1e-6);
      }
      t.true(pixels.every((value) => value >= -1 && value < 1));
    }),
    { numRuns: 40 },
  );
});

test('a replaced background leaves the labelled part as it is', (t) => {
  const red = {
    width: SIDE,
    height: SIDE,
    data: Uint8Array.from({ length: SIDE * SIDE * 3 }, (_, i) => (i % 3 ? 0 : 200)),
  };
  const other = softLabelled(
    red,
    Array.from({ length: GRID * GRID }, () => 0),
    CLASSES,
  );
  let replaced = 0;
  for (let seed = 0; seed < 20; seed++) {
    const { pixels, probabilities } = draw([markedPicture(SIDE), other], { background: 1 }, seed);
    const cells = Array.from({ length: GRID * GRID }, (_, cell) => cell);
    const inside = cells.filter((cell) =>
      [-GRID, -1, 0, 1, GRID].every((step) => probabilities[(cell + step) * CLASSES + 1] === 1),
    );
    t.true(inside.every((cell) => pixelsUnder(cell, pixels).every((value) => value === 255)));
    if (inside.length > 0 && pixelsUnder(GRID * GRID - 1, pixels)[0] > 150) replaced++;
  }
  t.true(replaced > 0);
});

test('a dye changes its part alone, and neither labels nor black', (t) => {
  const plain = draw([markedPicture(SIDE)], {}, 7);
  let changed = 0;
  for (let seed = 0; seed < 10; seed++) {
    const { pixels, probabilities } = draw([markedPicture(SIDE)], { dyedLabels: [1], dye: 1 }, seed);
    t.deepEqual(probabilities, plain.probabilities);
    t.true(pixels.every((value, i) => value === plain.pixels[i] || plain.pixels[i] > -1));
    if (pixels.some((value, i) => value !== plain.pixels[i])) changed++;
    t.deepEqual(draw([markedPicture(SIDE)], { dyedLabels: [2], dye: 1 }, seed).pixels, plain.pixels);
  }
  t.true(changed > 5, `${changed}`);
});

test('the same stream gives the same batch, another stream another', (t) => {
  const set = [1, 2, 3].map(randomPicture);
  t.deepEqual(draw(set, TURNING, 5, 3), draw(set, TURNING, 5, 3));
  t.notDeepEqual(draw(set, TURNING, 5, 3), draw(set, TURNING, 6, 3));
});
