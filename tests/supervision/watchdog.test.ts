import type { Overdue } from '@oneface/edge/supervision/liveness';
import { createWatchdog } from '@oneface/edge/supervision/watchdog';
import test from 'ava';
import { SimulatedTime } from '../support/simulated-time.js';

function setUp(interval: number | undefined) {
  const time = new SimulatedTime();
  const pings: number[] = [];
  const errors: unknown[] = [];
  const state: { overdue: Overdue | undefined } = { overdue: undefined };
  const nothing = () => {};
  const watchdog = createWatchdog({
    manager: {
      watchdog: interval,
      ping: async () => {
        pings.push(time.clock.monotonic());
      },
    },
    liveness: { overdue: () => state.overdue },
    sleep: time.sleep,
    log: { debug: nothing, info: nothing, warn: nothing, error: (_, fields) => errors.push(fields) },
  });
  return { time, pings, errors, state, watchdog };
}

test('the service manager is told three times an interval that the agent is alive', async (t) => {
  const { time, pings, watchdog } = setUp(15_000);
  const stop = new AbortController();
  const running = watchdog.run(stop.signal);
  await time.pass(20_000);
  stop.abort();
  await running;
  t.deepEqual(pings, [0, 5000, 10_000, 15_000, 20_000]);
  t.deepEqual(watchdog.health, { enabled: true, withheld: 0 });
});

test('an agent that is stuck is not said to be alive, and the log says what it is stuck in', async (t) => {
  const { time, pings, errors, state, watchdog } = setUp(15_000);
  const stop = new AbortController();
  const running = watchdog.run(stop.signal);
  await time.pass(6000);
  state.overdue = { what: 'inference', running: 9000, limit: 8000 };
  await time.pass(10_000);
  state.overdue = undefined;
  await time.pass(5000);
  stop.abort();
  await running;
  t.deepEqual(pings, [0, 5000, 20_000]);
  t.deepEqual(errors, Array(2).fill({ what: 'inference', milliseconds: 9000, limit: 8000 }));
  t.is(watchdog.health.withheld, 2);
});

test('without a watchdog nothing is sent', async (t) => {
  const { pings, watchdog } = setUp(undefined);
  await watchdog.run(new AbortController().signal);
  t.deepEqual(pings, []);
  t.false(watchdog.health.enabled);
});
