import { UnavailableError } from '@oneface/common/errors/errors';
import type { OutgoingMessage } from '@oneface/edge/outbox/outbox';
import anyTest, { type ExecutionContext, type TestFn } from 'ava';
import { freePort, startAedes, startMosquitto, type TestBroker } from './support/brokers.js';
import { observe } from './support/observer.js';
import { connectTo } from './support/scene.js';

const test = anyTest as TestFn<{ aedes: TestBroker; mosquitto: TestBroker }>;

const WILL = { topic: 'oneface/test/status', payload: '{"state":"offline"}' };
const never = () => new AbortController().signal;

function connector(port: number, version: 4 | 5, clientId: string) {
  const connect = connectTo(port, { version, clientId });
  return (will: OutgoingMessage, signal: AbortSignal) => connect({ will }, signal);
}

test.before(async (t) => {
  t.context = { aedes: await startAedes(), mosquitto: await startMosquitto(await freePort()) };
});

test.after.always(async (t) => {
  await t.context.aedes.stop();
  await t.context.mosquitto.stop();
});

type Case = readonly [
  name: string,
  pick: (t: ExecutionContext<{ aedes: TestBroker; mosquitto: TestBroker }>) => number,
  version: 4 | 5,
];

const CASES: readonly Case[] = [
  ['MQTT 3.1.1 at aedes', (t) => t.context.aedes.port, 4],
  ['MQTT 3.1.1 at mosquitto', (t) => t.context.mosquitto.port, 4],
  ['MQTT 5 at mosquitto', (t) => t.context.mosquitto.port, 5],
];

for (const [name, port, version] of CASES) {
  const id = name.replaceAll(/\W/g, '');
  const will = { ...WILL, topic: `oneface/${id}/status` };

  test(`a message is delivered once, with ${name}`, async (t) => {
    const observer = await observe(port(t), `oneface/${id}/events`, version);
    const connection = await connector(port(t), version, `${id}-1`)(will, never());
    const message = { topic: `oneface/${id}/events`, payload: '{"grüße":1}' };
    t.deepEqual(await connection.publish(message, { retain: false }), { outcome: 'delivered' });
    const arrived = await observer.until((received) => received.topic === message.topic);
    t.is(arrived.payload, message.payload);
    t.is(arrived.contentType, version === 5 ? 'application/json' : undefined);
    await connection.end();
    t.is(observer.received.length, 1);
    await observer.close();
  });

  test(`a broken connection publishes the last will, an orderly end does not, with ${name}`, async (t) => {
    const topic = `oneface/${id}-will/status`;
    const observer = await observe(port(t), topic, version);
    const connect = connector(port(t), version, `${id}-2`);
    const first = await connect({ ...WILL, topic }, never());
    await first.publish({ topic, payload: 'online' }, { retain: true });
    await first.end();
    t.deepEqual(await first.closed, { how: 'by-us' });
    const second = await connect({ ...WILL, topic }, never());
    second.destroy();
    await second.closed;
    await observer.until(({ payload }) => payload === WILL.payload);
    t.deepEqual(
      observer.received.map(({ payload }) => payload),
      ['online', WILL.payload],
    );
    const latecomer = await observe(port(t), topic, version);
    const retained = await latecomer.until(({ retain }) => retain);
    t.is(retained.payload, WILL.payload);
    await observer.close();
    await latecomer.close();
  });

  test(`a message on a connection that is gone counts as lost, with ${name}`, async (t) => {
    const connection = await connector(port(t), version, `${id}-3`)(will, never());
    const message = { topic: `oneface/${id}/lost`, payload: 'x' };
    const underWay = connection.publish(message, { retain: false });
    connection.destroy();
    t.deepEqual(await underWay, { outcome: 'lost' });
    await connection.closed;
    t.deepEqual(await connection.publish(message, { retain: false }), { outcome: 'lost' });
  });
}

test('an address where nobody listens is reported with its cause', async (t) => {
  const port = await freePort();
  const error = await t.throwsAsync(connector(port, 5, 'nobody')(WILL, never()), {
    instanceOf: UnavailableError,
  });
  t.regex(String(error?.message), /^Expected an answer from mqtt:\/\/127\.0\.0\.1:\d+ but received none$/);
  t.regex(String(error?.cause), /ECONNREFUSED/);
});

test('a broker that speaks another version of MQTT is reported', async (t) => {
  const { port } = t.context.aedes;
  await t.throwsAsync(connector(port, 5, 'too-new')(WILL, never()), { instanceOf: UnavailableError });
});

test('an attempt to connect ends when it is given up', async (t) => {
  const giveUp = new AbortController();
  const attempt = connector(t.context.mosquitto.port, 5, 'impatient')(WILL, giveUp.signal);
  giveUp.abort();
  await t.throwsAsync(attempt, { instanceOf: UnavailableError });
});
