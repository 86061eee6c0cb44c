import { decorrelatedJitter } from '@oneface/edge/mqtt/backoff';
import test from 'ava';
import fc from 'fast-check';

test('every pause lies between one second and ten minutes, and at most triples', (t) => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })), (draws) => {
      const left = draws.values();
      const backoff = decorrelatedJitter(() => Number(left.next().value));
      let before = 1000;
      for (let i = 0; i < draws.length; i++) {
        const pause = backoff.next();
        t.true(pause >= 1000 && pause <= Math.min(600_000, 3 * before), `${pause} after ${before}`);
        before = pause;
      }
    }),
  );
});

test('pauses grow to ten minutes and start over after a reset', (t) => {
  const backoff = decorrelatedJitter(() => 0.999);
  const pauses = Array.from({ length: 12 }, () => backoff.next());
  t.true(pauses[0] < 3000);
  t.is(pauses.at(-1), 600_000);
  backoff.reset();
  t.is(backoff.next(), pauses[0]);
});

test('two devices that lost their broker together come back at different times', (t) => {
  const [early, late] = [decorrelatedJitter(() => 0.1), decorrelatedJitter(() => 0.9)];
  t.true(late.next() - early.next() > 1000);
});

test('a pause can be asked to be long, and grows from there', (t) => {
  const backoff = decorrelatedJitter(() => 0.5);
  t.is(backoff.next(60_000), 60_000);
  t.is(backoff.next(60_000), 120_000);
  t.is(backoff.next(), 180_500);
  backoff.reset();
  t.is(backoff.next(), 2000);
});
