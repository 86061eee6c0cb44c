import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { UnavailableError } from '@oneface/common/errors/errors';
import type { Backoff } from '@oneface/edge/mqtt/backoff';
import type { ConnectBroker } from '@oneface/edge/mqtt/broker';
import type { Outbox, OutboxState } from '@oneface/edge/outbox/outbox';
import test from 'ava';
import { freePort, startMosquitto } from './support/brokers.js';
import { FakeConnection, settled } from './support/fake-connection.js';
import { createMemoryOutbox } from './support/memory-outbox.js';
import { observe } from './support/observer.js';
import { addEvent, connectTo, event, old, patient, start, testClock } from './support/scene.js';

test('the birth message comes first, then the waiting messages in their order', async (t) => {
  const clock = testClock();
  const { publisher, outbox, connections } = start({ clock });
  addEvent(outbox, 'a');
  addEvent(outbox, 'b');
  await settled();
  const [connection] = connections;
  t.deepEqual(connection.sent, ['online 1 (retained)', event('a'), event('b')]);
  t.is(connection.will, 'offline 1 connection-lost');
  await connection.deliverAll();
  addEvent(outbox, 'c');
  await connection.deliverAll();
  t.deepEqual(connection.sent, ['online 1 (retained)', event('a'), event('b'), event('c')]);
  await connection.lose();
  await publisher.close('stopped', 1);
});

test('a message without acknowledgement is sent again on the next connection', async (t) => {
  const { publisher, outbox, connections, logged } = start();
  await settled();
  for (const name of ['a', 'b', 'c']) addEvent(outbox, name);
  const [first] = connections;
  t.deepEqual(first.sent.slice(1), [event('a'), event('b'), event('c')]);
  const [, , b] = first.answers;
  b({ outcome: 'delivered' });
  await settled();
  await first.lose({ how: 'failed', error: new Error('cable cut') });
  await delay(10);
  const [, second] = connections;
  t.deepEqual(second.sent, ['online 2 (retained)', old('a'), old('c')]);
  t.is(second.will, 'offline 2 connection-lost');
  t.regex(logged.join(''), /connection to broker lost session=1 how=failed error="cable cut"/);
  await second.deliverAll();
  await second.lose();
  t.is(await publisher.close('stopped', 1), 0);
});

test('no more than eight messages are under way', async (t) => {
  const { publisher, outbox, connections } = start();
  for (let i = 0; i < 20; i++) addEvent(outbox, i);
  await settled();
  const [connection] = connections;
  t.is(connection.sent.length, 1 + 8);
  connection.answers[1]({ outcome: 'delivered' });
  await settled();
  t.is(connection.sent.length, 1 + 9);
  await connection.deliverAll();
  t.is(connection.sent.length, 1 + 20);
  await connection.lose();
  await publisher.close('stopped', 1);
});

test('the time from sending to acknowledgement is told', async (t) => {
  const clock = testClock();
  const told: unknown[] = [];
  const { publisher, outbox, connections } = start({
    clock,
    onDelivered: ({ kind, payload }, milliseconds) => told.push([kind, payload, milliseconds]),
  });
  await settled();
  addEvent(outbox, 'a');
  clock.time = 30;
  await connections[0].deliverAll();
  t.deepEqual(told, [['event', event('a'), 30]]);
  await connections[0].lose();
  await publisher.close('stopped', 1);
});

test('the state tells session, protocol and since when', async (t) => {
  const clock = testClock();
  clock.time = 7;
  const { publisher, connections } = start({ clock });
  const nothing = { sharedId: false, since: 7, connected: false, session: 1, protocol: undefined };
  t.deepEqual(publisher.state, nothing);
  clock.time = 20;
  await settled();
  t.deepEqual(publisher.state, { ...nothing, connected: true, protocol: 5, since: 20 });
  clock.time = 50;
  await connections[0].lose();
  await delay(10);
  t.deepEqual(publisher.state, { ...nothing, connected: true, protocol: 5, session: 2, since: 50 });
  await publisher.close('stopped', 1);
});

test('pauses follow the backoff until a connection has lasted five minutes', async (t) => {
  const clock = testClock();
  const steps: string[] = [];
  const backoff: Backoff = {
    next: () => {
      steps.push('pause');
      return 1;
    },
    reset: () => steps.push('reset'),
  };
  const lifetimes = [1000, 299_000, 300_000];
  let stay: FakeConnection | undefined;
  const connect: ConnectBroker = async (request) => {
    const connection = new FakeConnection(request);
    const lifetime = lifetimes.shift();
    if (lifetime === undefined) stay = connection;
    else {
      setImmediate(() => {
        clock.time += lifetime;
        void connection.lose();
      });
    }
    return connection;
  };
  const { publisher } = start({ backoff, clock, connect });
  while (stay === undefined) await settled();
  t.deepEqual(steps, ['pause', 'pause', 'reset', 'pause']);
  await stay.lose();
  await publisher.close('stopped', 1);
});

test('closing delivers what waits, then the death message, then says good-bye', async (t) => {
  const { publisher, outbox, connections } = start();
  await settled();
  addEvent(outbox, 'a');
  const [connection] = connections;
  const closing = publisher.close('failed', 5000);
  await settled();
  t.deepEqual(connection.sent, ['online 1 (retained)', event('a')]);
  await connection.deliverAll();
  t.deepEqual(connection.sent, ['online 1 (retained)', event('a'), 'offline 1 failed (retained)']);
  await connection.deliverAll();
  t.is(await closing, 0);
  t.true(connection.ended);
});

test('closing without a broker ends before the deadline and counts what was not delivered', async (t) => {
  const connect = () => Promise.reject(new UnavailableError('no broker'));
  const { publisher, outbox } = start({ connect });
  addEvent(outbox, 'a');
  addEvent(outbox, 'b');
  t.is(await publisher.close('stopped', 30), 2);
});

test('closing leaves time for the death message although a large backlog waits', async (t) => {
  const { publisher, outbox, connections } = start();
  await settled();
  const [connection] = connections;
  for (let i = 0; i < 50; i++) addEvent(outbox, i);
  const closing = publisher.close('stopped', 200);
  while (!connection.sent.at(-1)?.startsWith('offline')) await settled();
  connection.answers.at(-1)?.({ outcome: 'delivered' });
  t.is(await closing, 50);
  t.true(connection.ended);
});

/** A memory outbox that says it keeps its messages. */
function keptOutbox(): Outbox {
  const outbox = createMemoryOutbox(100, '0'.repeat(32), { monotonic: () => 0 });
  return new Proxy(outbox, {
    get(target, name) {
      if (name === 'state') return { ...target.state, kept: true } satisfies OutboxState;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

test('closing without a broker does not wait for messages that are kept on disk', async (t) => {
  const connect = () => Promise.reject(new UnavailableError('no broker'));
  const { publisher, outbox } = start({ connect, outbox: keptOutbox() });
  addEvent(outbox, 'a');
  await settled();
  t.is(await publisher.close('stopped', 3_600_000), 1);
});

test('every message arrives in order although the broker is stopped and started again', async (t) => {
  const port = await freePort();
  let broker = await startMosquitto(port);
  const before = await observe(port, 'oneface/door/#', 5);
  const connect = connectTo(port);
  let watched: Promise<void> = Promise.resolve();
  const { publisher, outbox } = start({
    ...patient,
    connect: async (request, signal) => {
      await watched;
      return connect(request, signal);
    },
  });
  await before.until(({ payload }) => payload === 'online 1');
  addEvent(outbox, 1);
  await before.until(({ payload }) => payload === event(1));
  await before.close();
  let open = () => {};
  watched = new Promise((resolve) => {
    open = resolve;
  });
  await broker.stop();
  for (const name of [2, 3, 4]) addEvent(outbox, name);
  broker = await startMosquitto(port);
  const after = await observe(port, 'oneface/door/#', 5);
  open();
  t.is(await publisher.close('stopped', 5000), 0);
  await after.until(({ payload }) => payload.startsWith('offline'));
  const [online, ...others] = after.received.map(({ payload }) => payload);
  t.regex(online, /^online \d+$/);
  const death = `${online.replace('online', 'offline')} stopped`;
  t.deepEqual(others, [old(2), old(3), old(4), death]);
  await after.close();
  await broker.stop();
});

test('closing ends at the deadline although the broker answers nothing any more', async (t) => {
  const frozen = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    // CONNACK of MQTT 3.1.1: accepted. Nothing is answered after it.
    socket.once('data', () => socket.write(Uint8Array.of(0x20, 2, 0, 0)));
  });
  frozen.listen(0, '127.0.0.1');
  await once(frozen, 'listening');
  const { port } = frozen.address() as AddressInfo;
  const { publisher, outbox, logged } = start({ ...patient, connect: connectTo(port, { version: 4 }) });
  addEvent(outbox, 'a');
  while (!logged.join('').includes('connected to broker')) await settled();
  t.is(await publisher.close('stopped', 50), 1);
  frozen.close();
});
