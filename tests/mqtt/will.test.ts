import { setTimeout as delay } from 'node:timers/promises';
import { parseStatus } from '@oneface/common/events/parse';
import { systemClock } from '@oneface/edge/clock/clock';
import { createStatusMessages } from '@oneface/edge/events/status-messages';
import anyTest, { type TestFn } from 'ava';
import { freePort, type Mosquitto, startMosquitto } from './support/brokers.js';
import { observe } from './support/observer.js';
import { connectTo } from './support/scene.js';

const test = anyTest as TestFn<Mosquitto>;

const never = () => new AbortController().signal;

test.before(async (t) => {
  t.context = await startMosquitto(await freePort());
});
test.after.always((t) => t.context.stop());

/** Birth and death as the agent words them. */
function statusOf(device: string) {
  const source = {
    device,
    boot: 'a'.repeat(32),
    model: { digest: 'b'.repeat(64), classSet: 'face-3' as const },
  };
  return createStatusMessages(source, '1.2.3', systemClock);
}

test('a device that comes back at once is never shown as dead, with MQTT 5', async (t) => {
  const { port } = t.context;
  const status = statusOf('quick');
  const observer = await observe(port, 'oneface/quick/status', 5);
  const connect = connectTo(port, { version: 5, clientId: 'quick' });
  const first = await connect({ will: status.offline(1, 'connection-lost') }, never());
  await first.publish(status.online(1), { retain: true });
  first.destroy();
  await first.closed;
  const second = await connect({ will: status.offline(2, 'connection-lost') }, never());
  await second.publish(status.online(2), { retain: true });
  // Longer than the broker holds the last will back.
  await delay(10_000);
  const states = observer.received.map(({ payload }) => parseStatus(payload));
  t.deepEqual(
    states.map(({ state, session }) => [state, session]),
    [
      ['online', 1],
      ['online', 2],
    ],
  );
  await second.end();
  await observer.close();
});

test('a late last will names its session, so that it says nothing about a newer one', async (t) => {
  const { port } = t.context;
  const status = statusOf('late');
  const observer = await observe(port, 'oneface/late/status', 5);
  const first = await connectTo(port, { version: 5, clientId: 'late-1' })(
    { will: status.offline(1, 'connection-lost') },
    never(),
  );
  await first.publish(status.online(1), { retain: true });
  first.destroy();
  // Another node of a cluster does not know that the device is back; here another client id stands for it.
  const second = await connectTo(port, { version: 5, clientId: 'late-2' })(
    { will: status.offline(2, 'connection-lost') },
    never(),
  );
  await second.publish(status.online(2), { retain: true });
  await observer.until(({ payload }) => parseStatus(payload).state === 'offline');
  const [, birth, death] = observer.received.map(({ payload }) => parseStatus(payload));
  t.deepEqual([birth.state, birth.session], ['online', 2]);
  t.deepEqual([death.state, death.session], ['offline', 1]);
  t.is(death.boot, birth.boot);
  await second.end();
  await observer.close();
});

test('a device that does not come back is shown as dead, with its boot and session', async (t) => {
  const { port } = t.context;
  for (const version of [4, 5] as const) {
    const status = statusOf(`gone-${version}`);
    const observer = await observe(port, `oneface/gone-${version}/status`, 5);
    const connect = connectTo(port, { version, clientId: `gone-${version}` });
    const connection = await connect({ will: status.offline(7, 'connection-lost') }, never());
    connection.destroy();
    const { payload } = await observer.until(() => true);
    const death = parseStatus(payload);
    t.is(death.state === 'offline' && death.reason, 'connection-lost');
    t.deepEqual([death.session, death.boot], [7, 'a'.repeat(32)]);
    await observer.close();
    const late = await observe(port, `oneface/gone-${version}/status`, 5);
    t.true((await late.until(() => true)).retain);
    await late.close();
  }
});
