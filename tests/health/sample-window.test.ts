import { InputError } from '@oneface/common/errors/errors';
import { SampleWindow } from '@oneface/edge/health/sample-window';
import test from 'ava';
import fc from 'fast-check';

function turnable() {
  let now = 0;
  return {
    monotonic: () => now,
    pass: (milliseconds: number) => {
      now += milliseconds;
    },
  };
}

test('quantiles are samples by nearest rank', (t) => {
  const window = new SampleWindow(200, 1000, turnable());
  for (let value = 100; value >= 1; value -= 1) window.add(value);
  t.deepEqual(window.quantiles(), { p50: 50, p95: 95, p99: 99 });
});

test('one sample is every quantile, none is none', (t) => {
  const window = new SampleWindow(4, 1000, turnable());
  t.is(window.quantiles(), undefined);
  window.add(3);
  t.deepEqual(window.quantiles(), { p50: 3, p95: 3, p99: 3 });
});

test('samples count as long as the window is, and in sum and count for ever', (t) => {
  const clock = turnable();
  const window = new SampleWindow(10, 1000, clock);
  window.add(1);
  clock.pass(600);
  window.add(2);
  clock.pass(401);
  t.deepEqual(window.quantiles(), { p50: 2, p95: 2, p99: 2 });
  clock.pass(1000);
  t.is(window.quantiles(), undefined);
  t.is(window.count, 2);
  t.is(window.sum, 3);
});

test('what is no duration is refused and changes nothing', (t) => {
  const window = new SampleWindow(10, 1000, turnable());
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, -1]) {
    t.throws(() => window.add(value), { instanceOf: InputError });
  }
  t.is(window.count, 0);
  t.throws(() => new SampleWindow(0, 1000, turnable()), { instanceOf: InputError });
});

test('quantiles are those of the newest samples that are young enough, for any history', (t) => {
  const history = fc.array(fc.record({ pause: fc.nat(400), value: fc.nat(50) }), { maxLength: 60 });
  fc.assert(
    fc.property(history, fc.integer({ min: 1, max: 20 }), (samples, capacity) => {
      const clock = turnable();
      const window = new SampleWindow(capacity, 1000, clock);
      const all: { at: number; value: number }[] = [];
      for (const { pause, value } of samples) {
        clock.pass(pause);
        window.add(value);
        all.push({ at: clock.monotonic(), value });
      }
      const held = all.slice(-capacity).filter(({ at }) => at >= clock.monotonic() - 1000);
      const sorted = held.map(({ value }) => value).sort((one, other) => one - other);
      const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1];
      const expected = sorted.length === 0 ? undefined : { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
      t.deepEqual(window.quantiles(), expected);
    }),
    { numRuns: 200 },
  );
});
