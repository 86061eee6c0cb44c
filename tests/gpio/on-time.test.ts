import { OnTime } from '@oneface/edge/gpio/on-time';
import test from 'ava';
import fc from 'fast-check';

const LONGEST = 5000;

/** Orders with the pauses before them. */
const orders = fc.array(
  fc.record({
    pause: fc.integer({ min: 0, max: 3000 }),
    milliseconds: fc.option(fc.integer({ min: 0, max: 20_000 }), { nil: undefined }),
  }),
  { maxLength: 40 },
);

/** Times at which a relay goes on and off, looked at every millisecond from one order to the next. */
function switches(plan: readonly { pause: number; milliseconds: number | undefined }[]) {
  const onTime = new OnTime(LONGEST);
  const found: { at: number; on: boolean }[] = [];
  let on = false;
  let now = 0;
  const look = () => {
    if (onTime.left(now) > 0 === on) return;
    on = !on;
    found.push({ at: now, on });
  };
  for (const { pause, milliseconds } of [...plan, { pause: 30_000, milliseconds: undefined }]) {
    for (const end = now + pause; now < end; now++) look();
    if (milliseconds === undefined) onTime.off();
    else onTime.on(now, milliseconds);
    look();
  }
  return found;
}

test('whatever is ordered, a relay is never on for longer than its longest on-time', (t) => {
  fc.assert(
    fc.property(orders, (plan) => {
      const found = switches(plan);
      for (const [index, { at, on }] of found.entries()) {
        if (!on) t.true(at - (found[index - 1]?.at ?? 0) <= LONGEST);
      }
      t.not(found.at(-1)?.on, true);
    }),
    { numRuns: 60 },
  );
});

test('orders without a gap are one wish: it is granted once', (t) => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 900 }), { minLength: 20, maxLength: 40 }), (pauses) => {
      const found = switches(pauses.map((pause) => ({ pause, milliseconds: 1000 })));
      t.is(found.length, 2);
    }),
    { numRuns: 30 },
  );
});

test('a wish that has ended, or is taken back, may be followed by another', (t) => {
  const onTime = new OnTime(LONGEST);
  onTime.on(0, 9999);
  t.is(onTime.left(0), LONGEST);
  onTime.on(4000, 3000);
  t.is(onTime.left(4000), 1000, 'the longest on-time counts from the first order');
  t.is(onTime.left(5000), 0);
  onTime.on(6000, 3000);
  t.is(onTime.left(6000), 0, 'still the same wish');
  onTime.on(9000, 3000);
  t.is(onTime.left(9000), 3000, 'the wish had ended');
  onTime.off();
  t.is(onTime.left(9001), 0);
  onTime.on(9002, 10);
  t.is(onTime.left(9002), 10);
  onTime.on(9003, 0);
  t.is(onTime.left(9003), 0, 'the last order counts');
});
