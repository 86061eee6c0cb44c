import { UnavailableError } from '@oneface/common/errors/errors';
import { createProtocolChoice } from '@oneface/edge/mqtt/protocol-choice';
import test from 'ava';
import { freePort, startAedes, startMosquitto } from './support/brokers.js';
import { connack, PACKET, startRawBroker } from './support/raw-broker.js';
import { connectTo, testLog } from './support/scene.js';

const REQUEST = { will: { topic: 'oneface/door/status', payload: '{"gone":1}' } };
const never = () => new AbortController().signal;
const DAYS = 24 * 3_600_000;

/** Version number in a CONNECT packet: it follows the name "MQTT" and its length. */
const versionOf = (body: Buffer) => body[6];

test('MQTT 5 is spoken with a broker that knows it', async (t) => {
  const broker = await startMosquitto(await freePort());
  t.teardown(() => broker.stop());
  const connection = await connectTo(broker.port)(REQUEST, never());
  t.is(connection.protocol, 5);
  await connection.end();
});

test('a broker that only knows MQTT 3.1.1 and says so, as aedes does, is spoken to in it at once', async (t) => {
  const broker = await startAedes();
  t.teardown(() => broker.stop());
  const { log, logged } = testLog();
  const connect = connectTo(broker.port, {}, log);
  for (let i = 0; i < 2; i++) {
    const connection = await connect(REQUEST, never());
    t.is(connection.protocol, 4);
    const message = { topic: 'oneface/door/events', payload: '{"e":1}' };
    t.deepEqual(await connection.publish(message, { retain: false }), { outcome: 'delivered' });
    await connection.end();
  }
  const tries = logged.filter((line) =>
    /may not speak this version of MQTT, trying another next=4/.test(line),
  );
  t.is(tries.length, 1);
});

test('a broker that closes at the CONNECT of MQTT 5, as RabbitMQ 3.10 does, is spoken to in MQTT 3.1.1', async (t) => {
  const broker = await startRawBroker(({ type, body }, socket) => {
    if (type !== PACKET.connect) return;
    if (versionOf(body) === 5) socket.end();
    else socket.write(connack(4));
  });
  t.teardown(() => broker.stop());
  const connect = connectTo(broker.port);
  // Once may be a broker that just starts.
  await t.throwsAsync(connect(REQUEST, never()), { instanceOf: UnavailableError });
  for (let i = 0; i < 2; i++) {
    const connection = await connect(REQUEST, never());
    t.is(connection.protocol, 4);
    connection.destroy();
  }
  t.deepEqual(
    broker.packets.filter(({ type }) => type === PACKET.connect).map(({ body }) => versionOf(body)),
    [5, 5, 4, 4],
  );
});

for (const [name, refusal] of [
  ['in the form of MQTT 3.1.1', connack(4, 1)],
  ['in the form of MQTT 5', connack(5, 0x84)],
] as const) {
  test(`a broker that refuses the version ${name} is spoken to in MQTT 3.1.1 at once`, async (t) => {
    const broker = await startRawBroker(({ type, body }, socket) => {
      if (type !== PACKET.connect) return;
      if (versionOf(body) === 5) socket.end(refusal);
      else socket.write(connack(4));
    });
    t.teardown(() => broker.stop());
    const connection = await connectTo(broker.port)(REQUEST, never());
    t.is(connection.protocol, 4);
    t.is(broker.connections, 2);
    connection.destroy();
  });
}

test('a version that is configured is the only one that is tried', async (t) => {
  const broker = await startRawBroker((_packet, socket) => socket.end(connack(4, 1)));
  t.teardown(() => broker.stop());
  for (const version of [4, 5] as const) {
    const error = await t.throwsAsync(connectTo(broker.port, { version })(REQUEST, never()), {
      instanceOf: UnavailableError,
    });
    t.regex(String(error.cause), /Unacceptable protocol version/);
  }
  t.deepEqual(
    broker.packets.map(({ body }) => versionOf(body)),
    [4, 5],
  );
});

test('a wrong password does not make the agent try another version', async (t) => {
  const broker = await startRawBroker((_packet, socket) => socket.end(connack(5, 0x87)));
  t.teardown(() => broker.stop());
  const connect = connectTo(broker.port);
  for (let i = 0; i < 3; i++) {
    await t.throwsAsync(connect(REQUEST, never()), { instanceOf: UnavailableError });
  }
  t.deepEqual(
    broker.packets.map(({ body }) => versionOf(body)),
    [5, 5, 5],
  );
});

test('MQTT 5 is tried again after three days', (t) => {
  let time = 1000;
  const choice = createProtocolChoice('auto', () => time);
  t.is(choice.next(), 5);
  t.is(choice.unsupported(), 4);
  choice.accepted();
  time += 3 * DAYS - 1;
  t.is(choice.next(), 4);
  choice.accepted();
  time += 1;
  t.is(choice.next(), 5);
  t.is(choice.unsupported(), 4);
  choice.accepted();
  time += 2 * DAYS;
  t.is(choice.next(), 4);
});

test('one attempt tries each version once, and a broker that just starts gets MQTT 5 again', (t) => {
  const choice = createProtocolChoice('auto', () => 0);
  t.is(choice.next(), 5);
  t.is(choice.unsupported(), 4);
  t.is(choice.unsupported(), undefined);
  const patient = createProtocolChoice('auto', () => 0);
  const tried = Array.from({ length: 8 }, () => {
    const first = patient.next();
    const second = patient.closedSilently();
    if (second !== undefined) patient.closedSilently();
    return [first, second];
  });
  t.deepEqual(tried.slice(0, 4), [
    [5, undefined],
    [5, 4],
    [4, 5],
    [5, 4],
  ]);
});
