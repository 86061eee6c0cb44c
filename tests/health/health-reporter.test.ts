import { UnavailableError } from '@oneface/common/errors/errors';
import type { DeviceHealth } from '@oneface/common/health/health';
import { createHealthReporter } from '@oneface/edge/health/health-reporter';
import type { OutgoingMessage } from '@oneface/edge/outbox/outbox';
import test from 'ava';
import { SimulatedTime } from '../support/simulated-time.js';
import { FACTS } from './example.js';

function setUp() {
  const time = new SimulatedTime();
  const sent: OutgoingMessage[] = [];
  const errors: string[] = [];
  const state = { connected: true, session: 1, broken: false };
  const reporter = createHealthReporter({
    facts: FACTS,
    health: async () => {
      if (state.broken) throw new UnavailableError('no thermometer');
      return { uptimeSeconds: time.clock.monotonic() / 1000 } as DeviceHealth;
    },
    broker: () => ({ connected: state.connected, session: state.session, sharedId: false }),
    outbox: {
      add: async (kind, message) => {
        if (kind === 'health') sent.push(message);
      },
    },
    clock: time.clock,
    sleep: time.sleep,
    log: { error: (message) => errors.push(message) },
    everySeconds: 60,
  });
  const stop = new AbortController();
  return { time, sent, errors, state, reporter, stop };
}

const minutes = (sent: OutgoingMessage[]) =>
  sent.map(({ payload }) => JSON.parse(payload).uptimeSeconds / 60);

test('health goes to its topic at the start and every so many seconds, retained', async (t) => {
  const { time, sent, reporter, stop } = setUp();
  const running = reporter.run(stop.signal);
  await time.pass(150_000);
  stop.abort();
  await running;
  t.deepEqual(minutes(sent), [0, 1, 2]);
  t.like(sent[0], { topic: 'oneface/lobby/door-1/health', retain: true });
});

test('while the broker is away no health is made, so that the disk is not filled with what nobody needs', async (t) => {
  const { time, sent, state, reporter, stop } = setUp();
  state.connected = false;
  const running = reporter.run(stop.signal);
  await time.pass(3_599_000);
  t.deepEqual(sent, []);
  state.connected = true;
  await time.pass(3000);
  stop.abort();
  await running;
  t.deepEqual(minutes(sent), [60], 'and one at once when it is back');
});

test('every connection begins with health, so that a broker that lost its memory has it again', async (t) => {
  const { time, sent, state, reporter, stop } = setUp();
  const running = reporter.run(stop.signal);
  await time.pass(30_000);
  state.session = 2;
  await time.pass(60_000);
  stop.abort();
  await running;
  t.deepEqual(minutes(sent), [0, 32 / 60]);
});

test('health that cannot be made does not end the agent, and whoever asked for it is told', async (t) => {
  const { time, sent, errors, state, reporter, stop } = setUp();
  state.broken = true;
  const running = reporter.run(stop.signal);
  await time.pass(1000);
  t.deepEqual(errors, ['health message left out']);
  await t.throwsAsync(reporter.report(), { instanceOf: UnavailableError });
  state.broken = false;
  await time.pass(60_000);
  stop.abort();
  await running;
  t.deepEqual(minutes(sent), [1]);
});

test('health is sent at once when it is asked for', async (t) => {
  const { sent, reporter } = setUp();
  await reporter.report();
  t.is(sent.length, 1);
});
