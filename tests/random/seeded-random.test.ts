import { randomAt } from '@oneface/trainer/random/seeded-random';
import test from 'ava';
import fc from 'fast-check';

function first(count: number, random: () => number): number[] {
  return Array.from({ length: count }, random);
}

test('a stream depends on its name alone, whatever was drawn before', (t) => {
  fc.assert(
    fc.property(fc.integer(), fc.string(), fc.nat(), fc.nat(20), (seed, stream, step, drawn) => {
      first(drawn, randomAt(seed, stream, step));
      t.deepEqual(first(8, randomAt(seed, stream, step)), first(8, randomAt(seed, stream, step)));
    }),
  );
});

test('seed, purpose and step each give another stream', (t) => {
  const streams = [
    randomAt(1, 'flip', 0),
    randomAt(2, 'flip', 0),
    randomAt(1, 'rotate', 0),
    randomAt(1, 'flip', 1),
    randomAt(1, 'flip1', 0),
  ].map((random) => first(4, random).join());
  t.is(new Set(streams).size, streams.length);
});

test('numbers lie in [0, 1), and fill it evenly across steps', (t) => {
  const values = Array.from({ length: 5000 }, (_, step) => randomAt(3, 'even', step)());
  t.true(values.every((value) => value >= 0 && value < 1));
  for (let tenth = 0; tenth < 10; tenth++) {
    const count = values.filter((value) => Math.floor(value * 10) === tenth).length;
    // 500 expected in each tenth, with a standard deviation of 21.
    t.true(Math.abs(count - 500) < 110, `${count} in tenth ${tenth}`);
  }
});

test('a stream never changes from one release to the next', (t) => {
  t.deepEqual(
    first(3, randomAt(42, 'augmentation', 500)),
    [0.056517155010792464, 0.5205238462118561, 0.392491202540154],
  );
});
