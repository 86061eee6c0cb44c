import { setTimeout as delay } from 'node:timers/promises';
import { publishPacketSize } from '@oneface/edge/mqtt/packet-size';
import test from 'ava';
import { freePort, startMosquitto } from './support/brokers.js';
import { settled } from './support/fake-connection.js';
import { observe } from './support/observer.js';
import { connack, PACKET, puback, type RawPacket, startRawBroker, suback } from './support/raw-broker.js';
import { addEvent, connectTo, EVENTS_TOPIC, patient, start, testClock } from './support/scene.js';

const WILL = { topic: 'oneface/door/status', payload: '{"gone":1}' };
const never = () => new AbortController().signal;

test('no more messages are under way than the receive maximum of the broker allows', async (t) => {
  const waiting: (() => void)[] = [];
  let most = 0;
  const broker = await startRawBroker((packet, socket) => {
    // Property 0x21 is the receive maximum.
    if (packet.type === PACKET.connect) socket.write(connack(5, 0, [0x21, 0, 2]));
    if (packet.type !== PACKET.publish) return;
    waiting.push(() => socket.write(puback(packet)));
    most = Math.max(most, waiting.length);
  });
  t.teardown(() => broker.stop());
  const { publisher, outbox } = start({ ...patient, connect: connectTo(broker.port) });
  for (let i = 0; i < 6; i++) addEvent(outbox, i);
  while (outbox.state.messages > 0) {
    await delay(5);
    waiting.shift()?.();
  }
  t.is(most, 2);
  const closing = publisher.close('stopped', 1000);
  while (waiting.length === 0) await delay(5);
  waiting.shift()?.();
  t.is(await closing, 0);
  t.is(most, 2);
});

test('a broker with a receive maximum of its own gets all messages', async (t) => {
  const broker = await startMosquitto(await freePort(), ['max_inflight_messages 1']);
  t.teardown(() => broker.stop());
  const observer = await observe(broker.port, EVENTS_TOPIC, 5);
  const { publisher, outbox, logged } = start({ ...patient, connect: connectTo(broker.port) });
  for (let i = 0; i < 30; i++) addEvent(outbox, i);
  await observer.until(({ payload }) => payload.endsWith('"e":29}'));
  t.is(observer.received.length, 30);
  t.is(await publisher.close('stopped', 5000), 0);
  t.notRegex(logged.join(''), /lost/);
  await observer.close();
});

/** A payload of that many bytes. */
const sized = (bytes: number) => JSON.stringify({ x: 'y'.repeat(bytes - 8) });

for (const [name, options] of [
  ['without properties of its own', { retain: false }],
  ['with an expiry', { retain: true, expirySeconds: 60 }],
  ['with correlation data', { retain: false, correlationData: Buffer.from('abc') }],
] as const) {
  test(`a message ${name} that the broker can just take is sent, one byte more is refused unsent`, async (t) => {
    const most = 2000;
    const broker = await startMosquitto(await freePort(), [`max_packet_size ${most}`]);
    t.teardown(() => broker.stop());
    const connection = await connectTo(broker.port)({ will: WILL }, never());
    const topic = EVENTS_TOPIC;
    const sizes = Array.from({ length: 200 }, (_, i) => most - i);
    const outcomes = [];
    for (const size of sizes) {
      const delivery = await connection.publish({ topic, payload: sized(size) }, options);
      outcomes.push(delivery.outcome);
      if (delivery.outcome === 'refused') t.regex(delivery.reason, /^\d+ bytes are more than the 2000 /);
      else break;
    }
    t.is(outcomes.at(-1), 'delivered');
    // The largest that fits makes a packet of exactly the allowed size: mosquitto takes that and no more.
    const fits = sizes[outcomes.length - 1];
    const properties = { expirySeconds: 5, correlationData: 6 };
    const extra = 'expirySeconds' in options ? properties.expirySeconds : 0;
    const correlation = 'correlationData' in options ? properties.correlationData : 0;
    const payload = sized(fits);
    const size = publishPacketSize({ topic, payload, qos: 1, properties: 21 + extra + correlation });
    t.is(size, most);
    await connection.end();
  });
}

test('a message that is too large for the broker is dropped visibly and holds up no other', async (t) => {
  const broker = await startMosquitto(await freePort(), ['max_packet_size 1000']);
  t.teardown(() => broker.stop());
  const observer = await observe(broker.port, EVENTS_TOPIC, 5);
  const { publisher, outbox, logged } = start({ ...patient, connect: connectTo(broker.port) });
  addEvent(outbox, 1);
  addEvent(outbox, 'x'.repeat(1000));
  addEvent(outbox, 2);
  await observer.until(({ payload }) => payload.endsWith('"e":2}'));
  t.is(observer.received.length, 2);
  t.is(await publisher.close('stopped', 5000), 0);
  t.regex(logged.join(''), /error message dropped, the broker does not take it kind=event .*bytes=\d+/);
  await observer.close();
});

test('a broker of MQTT 3.1.1 that closes at a packet above its limit does not hold up the others', async (t) => {
  const broker = await startMosquitto(await freePort(), ['max_packet_size 1000']);
  t.teardown(() => broker.stop());
  const observer = await observe(broker.port, EVENTS_TOPIC, 4);
  const connect = connectTo(broker.port, { version: 4 });
  const { publisher, outbox, logged } = start({ ...patient, connect });
  addEvent(outbox, 1);
  addEvent(outbox, 'x'.repeat(1000));
  for (let i = 2; i < 12; i++) addEvent(outbox, i);
  await observer.until(({ payload }) => payload.endsWith('"e":11}'));
  const arrived = observer.received.map(({ payload }) => JSON.parse(payload).e);
  t.deepEqual([...new Set(arrived)], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  t.regex(
    logged.join(''),
    /message dropped, .* reason="the broker closes the connection whenever it gets it"/,
  );
  t.false(publisher.state.sharedId);
  t.is(await publisher.close('stopped', 5000), 0);
  await observer.close();
});

test('a broker that closes at every event for now loses none of them', async (t) => {
  const taken: string[] = [];
  let closed = 0;
  const broker = await startRawBroker((packet, socket) => {
    if (packet.type === PACKET.connect) socket.write(connack(4, 0));
    if (packet.type !== PACKET.publish) return;
    const topic = packet.body.subarray(2, 2 + packet.body.readUInt16BE()).toString();
    if (topic === EVENTS_TOPIC && closed < 20) {
      closed += 1;
      socket.destroy();
      return;
    }
    if (topic === EVENTS_TOPIC) taken.push(packet.body.subarray(4 + topic.length).toString());
    socket.write(puback(packet));
  });
  t.teardown(() => broker.stop());
  const connect = connectTo(broker.port, { version: 4 });
  const { publisher, outbox, logged } = start({ ...patient, connect });
  for (let i = 0; i < 5; i++) addEvent(outbox, i);
  while (taken.length < 5) await settled();
  t.deepEqual(taken.map((payload) => JSON.parse(payload).e).sort(), [0, 1, 2, 3, 4]);
  t.notRegex(logged.join(''), /dropped/);
  t.is(await publisher.close('stopped', 1000), 0);
});

test('a network that breaks again and again makes no message a suspect', async (t) => {
  const clock = testClock();
  const { publisher, outbox, connections, logged } = start({ clock });
  for (let i = 0; i < 3; i++) addEvent(outbox, i);
  for (let i = 0; i < 30; i++) {
    while (connections.length <= i) await settled();
    await settled();
    const connection = connections[i];
    connection.answers[0]({ outcome: 'delivered' });
    await settled();
    // Slow enough for a broker that did not mind the message.
    if (i % 2 === 0) clock.time += 6000;
    await connection.lose({ how: i % 2 === 0 ? 'cut' : 'failed' });
  }
  t.notRegex(logged.join(''), /dropped/);
  t.is(await publisher.close('stopped', 1), 3);
});

test('a broker that allows neither QoS 1 nor retained messages gets others', async (t) => {
  const published: RawPacket[] = [];
  const broker = await startRawBroker((packet, socket) => {
    // Properties 0x24 and 0x25: maximum QoS and retain available.
    if (packet.type === PACKET.connect) socket.write(connack(5, 0, [0x24, 0, 0x25, 0]));
    if (packet.type === PACKET.subscribe) socket.write(suback(5, packet));
    if (packet.type === PACKET.publish) published.push(packet);
  });
  t.teardown(() => broker.stop());
  const { publisher, outbox } = start({ ...patient, connect: connectTo(broker.port) });
  addEvent(outbox, 1);
  while (published.length < 2) await settled();
  t.deepEqual(
    published.map(({ flags }) => flags),
    [0, 0],
  );
  t.is(await publisher.close('stopped', 1000), 0);
});

test('a broker that takes no event at all for its size loses none of them', async (t) => {
  const port = await freePort();
  const small = await startMosquitto(port, ['max_packet_size 300']);
  const { publisher, outbox, logged } = start({ ...patient, connect: connectTo(port) });
  t.teardown(() => publisher.close('stopped', 100));
  for (let i = 0; i < 3; i++) {
    void outbox.addEvent(() => ({ topic: EVENTS_TOPIC, payload: sized(1000) }));
  }
  while (!logged.join('').includes('broker refused an event')) await delay(5);
  t.is(outbox.state.messages, 3);
  t.notRegex(logged.join(''), /message dropped/);
  await small.stop();
});
