import { OnTime, REST_MILLISECONDS } from '@oneface/edge/gpio/on-time';
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

/** When a relay goes on and off, looked at every millisecond from one order to the next. */
function switches(plan: readonly { pause: number; milliseconds: number | undefined }[]) {
  const onTime = new OnTime(LONGEST);
  const found: { on: number; off: number }[] = [];
  let since: number | undefined;
  let now = 0;
  const look = () => {
    if (onTime.left(now) > 0) since ??= now;
    else if (since !== undefined) {
      found.push({ on: since, off: now });
      since = undefined;
    }
  };
  for (const { pause, milliseconds } of [...plan, { pause: 30_000, milliseconds: undefined }]) {
    for (const end = now + pause; now < end; now++) look();
    if (milliseconds === undefined) onTime.off(now);
    else onTime.on(now, milliseconds);
    look();
  }
  return found;
}

test('whatever is ordered, a relay is never on for longer than its longest on-time, short gaps included', (t) => {
  fc.assert(
    fc.property(orders, (plan) => {
      let start = Number.NEGATIVE_INFINITY;
      let end = Number.NEGATIVE_INFINITY;
      for (const { on, off } of switches(plan)) {
        if (on - end >= REST_MILLISECONDS) start = on;
        end = off;
        t.true(end - start <= LONGEST);
      }
    }),
    { numRuns: 100 },
  );
});

test('an order is granted in full to a relay that has rested', (t) => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 0, max: 3000 }), fc.integer({ min: 1, max: LONGEST })), {
        maxLength: 10,
      }),
      (plan) => {
        const rested = plan.map(([pause, milliseconds]) => ({
          pause: LONGEST + REST_MILLISECONDS + pause,
          milliseconds,
        }));
        t.deepEqual(
          switches(rested).map(({ on, off }) => off - on),
          plan.map(([, milliseconds]) => milliseconds),
        );
      },
    ),
    { numRuns: 30 },
  );
});

test('orders that follow each other within a second are one wish: it is granted once', (t) => {
  const pauses = fc.array(fc.integer({ min: 0, max: 1900 }), { minLength: 20, maxLength: 40 });
  fc.assert(
    fc.property(pauses, (each) => {
      const found = switches(each.map((pause) => ({ pause, milliseconds: 1000 })));
      t.true((found.at(-1)?.off ?? 0) - (found[0]?.on ?? 0) <= LONGEST);
    }),
    { numRuns: 30 },
  );
});

test('a wish that has ended for a second may be followed by another', (t) => {
  const onTime = new OnTime(LONGEST);
  onTime.on(0, 9999);
  t.is(onTime.left(0), LONGEST);
  onTime.on(4000, 3000);
  t.is(onTime.left(4000), 1000, 'the longest on-time counts from the first order');
  t.is(onTime.left(5000), 0);
  onTime.on(6000, 3000);
  t.is(onTime.left(6000), 0, 'still the same wish');
  onTime.on(9999, 3000);
  t.is(onTime.left(9999), 0, 'it ended less than a second ago');
  onTime.on(14_000, 3000);
  t.is(onTime.left(14_000), 3000);
  onTime.off(15_000);
  t.is(onTime.left(15_000), 0);
  onTime.on(15_500, 3000);
  t.is(onTime.left(15_500), 3000);
  onTime.on(15_600, 0);
  t.is(onTime.left(15_600), 0, 'the last order counts');
});
