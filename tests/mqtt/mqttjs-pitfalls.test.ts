import { setTimeout as delay } from 'node:timers/promises';
import { decorrelatedJitter } from '@oneface/edge/mqtt/backoff';
import test from 'ava';
import { freePort, startMosquitto } from './support/brokers.js';
import { observe } from './support/observer.js';
import { connack, PACKET, payloadOf, puback, startRawBroker } from './support/raw-broker.js';
import { addEvent, connectTo, EVENTS_TOPIC, event, old, patient, start } from './support/scene.js';

const WILL = { topic: 'oneface/door/status', payload: '{"gone":1}' };
const never = () => new AbortController().signal;

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await delay(5);
}

test('mqtt.js never connects again by itself, although it would after a second', async (t) => {
  const broker = await startRawBroker((packet, socket) => {
    if (packet.type === PACKET.connect) socket.end(connack(5));
  });
  t.teardown(() => broker.stop());
  const connection = await connectTo(broker.port)({ will: WILL }, never());
  await connection.closed;
  await delay(1500);
  t.is(broker.connections, 1);
});

test('a fleet that lost its broker does not come back in one wave', (t) => {
  const devices = 2000;
  /** Attempts in each tenth of a second while the broker stays away. */
  const attempts = new Map<number, number>();
  for (let i = 0; i < devices; i++) {
    const backoff = decorrelatedJitter(Math.random);
    for (let at = backoff.next(); at < 600_000; at += backoff.next()) {
      const slot = Math.floor(at / 100);
      attempts.set(slot, (attempts.get(slot) ?? 0) + 1);
    }
  }
  // The first attempts are spread over two seconds: 5 % in each tenth. A constant period gives 100 %.
  t.true(Math.max(...attempts.values()) < 0.08 * devices);
  // After the first minute a device asks less than once in 25 seconds; mqtt.js would ask every second.
  const later = [...attempts].filter(([slot]) => slot >= 600);
  const perSecond = later.reduce((sum, [, count]) => sum + count, 0) / 540;
  t.true(perSecond < devices / 25, `${perSecond} attempts a second`);
});

test('without a connection nothing is queued by mqtt.js, at either QoS', async (t) => {
  const broker = await startMosquitto(await freePort());
  t.teardown(() => broker.stop());
  for (const qos of [0, 1] as const) {
    const connection = await connectTo(broker.port, { qos })({ will: WILL }, never());
    connection.destroy();
    await connection.closed;
    const payload = JSON.stringify({ x: 'y'.repeat(2000) });
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < 20_000; i++) {
      const delivery = await connection.publish({ topic: EVENTS_TOPIC, payload }, { retain: false });
      if (delivery.outcome !== 'lost') t.fail(delivery.outcome);
    }
    // Queued, as mqtt.js would do, they take 80 MB.
    t.true(process.memoryUsage().heapUsed - before < 40e6);
  }
});

test('with a stalled broker no more than eight messages of QoS 0 are handed to mqtt.js', async (t) => {
  const broker = await startRawBroker((packet, socket) => {
    if (packet.type === PACKET.connect) socket.write(connack(5));
    socket.pause();
  });
  t.teardown(() => broker.stop());
  const { publisher, outbox } = start({ ...patient, connect: connectTo(broker.port, { qos: 0 }) });
  await until(() => publisher.state.connected);
  // Each is more than the buffers of the sockets hold.
  const huge = 'y'.repeat(8_000_000);
  for (let i = 0; i < 20; i++) addEvent(outbox, huge);
  await delay(100);
  t.true(outbox.state.messages >= 20 - 8);
  await publisher.close('stopped', 50);
});

test('what was not acknowledged is repeated by the outbox alone, once a connection', async (t) => {
  const sent: string[][] = [];
  const broker = await startRawBroker((packet, socket, connection) => {
    if (packet.type === PACKET.connect) {
      sent.push([]);
      // The broker still has the session: mqtt.js with a store would send from that as well.
      socket.write(Buffer.from([0x20, 2, 1, 0]));
    }
    if (packet.type !== PACKET.publish) return;
    const payload = payloadOf(packet);
    if (!payload.startsWith('{')) return void socket.write(puback(packet));
    sent[connection - 1].push(packet.flags & 8 ? `${payload} again` : payload);
    if (connection === 1 && payload === event(1)) socket.write(puback(packet));
    if (connection === 1 && payload === event(3)) socket.destroySoon();
    if (connection > 1) socket.write(puback(packet));
  });
  t.teardown(() => broker.stop());
  const { publisher, outbox } = start({ ...patient, connect: connectTo(broker.port, { version: 4 }) });
  await until(() => publisher.state.connected);
  for (const n of [1, 2, 3]) addEvent(outbox, n);
  await until(() => outbox.state.messages === 0);
  t.deepEqual(sent, [
    [event(1), event(2), event(3)],
    [old(2), old(3)],
  ]);
  await publisher.close('stopped', 500);
});

for (const version of [4, 5] as const) {
  test(`packet ids that start over after a restart of the agent drop no message, with version ${version}`, async (t) => {
    const broker = await startMosquitto(await freePort());
    t.teardown(() => broker.stop());
    const observer = await observe(broker.port, EVENTS_TOPIC, 5);
    const names = Array.from({ length: 40 }, (_, i) => event(i));
    for (let run = 0; run < 4; run++) {
      // A connector of its own stands for a process of its own; the session at the broker is the same.
      const connection = await connectTo(broker.port, { version })({ will: WILL }, never());
      const mine = names.slice(10 * run, 10 * run + 10);
      const deliveries = mine.map((payload) =>
        connection.publish({ topic: EVENTS_TOPIC, payload }, { retain: false }),
      );
      if (run % 2 === 0) await Promise.all(deliveries);
      else await deliveries.at(-1);
      connection.destroy();
      await connection.closed;
    }
    await observer.until(({ payload }) => payload === names[39]);
    t.deepEqual(
      observer.received.map(({ payload }) => payload),
      names,
    );
    await observer.close();
  });
}
