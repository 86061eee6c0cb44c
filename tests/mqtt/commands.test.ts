import { setTimeout as delay } from 'node:timers/promises';
import type { CommandHandler, ConnectRequest } from '@oneface/edge/mqtt/broker';
import anyTest, { type ExecutionContext, type TestFn } from 'ava';
import { connectAsync, type IClientPublishOptions } from 'mqtt';
import { freePort, startAedes, startMosquitto, type TestBroker } from './support/brokers.js';
import { observe } from './support/observer.js';
import { connack, PACKET, puback, startRawBroker, suback } from './support/raw-broker.js';
import { connectTo, patient, start, testLog } from './support/scene.js';

interface Brokers {
  aedes: TestBroker;
  mosquitto: TestBroker;
}
const test = anyTest as TestFn<Brokers>;

const WILL = { topic: 'oneface/door/status', payload: '{"gone":1}' };
const never = () => new AbortController().signal;

test.before(async (t) => {
  t.context = { aedes: await startAedes(), mosquitto: await startMosquitto(await freePort()) };
});

test.after.always(async (t) => {
  await t.context.aedes.stop();
  await t.context.mosquitto.stop();
});

/** Sends one message to a topic at QoS 1. */
async function send(port: number, topic: string, payload: string, options: IClientPublishOptions = {}) {
  const client = await connectAsync(`mqtt://127.0.0.1:${port}`, {
    protocolVersion: options.properties ? 5 : 4,
  });
  await client.publishAsync(topic, payload, { qos: 1, ...options });
  await client.endAsync();
}

interface Taken {
  readonly payload: string;
  readonly retain: boolean;
}

/** Keeps what comes. */
function taker(): { taken: Taken[]; onCommand: CommandHandler } {
  const taken: Taken[] = [];
  return {
    taken,
    onCommand: (payload, { retain }) => void taken.push({ payload: Buffer.from(payload).toString(), retain }),
  };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await delay(5);
}

const CASES: readonly [string, (t: ExecutionContext<Brokers>) => number, 4 | 5][] = [
  ['MQTT 3.1.1 at aedes', (t) => t.context.aedes.port, 4],
  ['MQTT 3.1.1 at mosquitto', (t) => t.context.mosquitto.port, 4],
  ['MQTT 5 at mosquitto', (t) => t.context.mosquitto.port, 5],
];

for (const [name, port, version] of CASES) {
  const id = name.replaceAll(/\W/g, '');
  const connector = (t: ExecutionContext<Brokers>, clientId: string) =>
    connectTo(port(t), { version, clientId, commandTopic: `oneface/${clientId}/commands` });

  test(`a command that is sent while the connection is down for a moment arrives, with ${name}`, async (t) => {
    const { taken, onCommand } = taker();
    const connect = connector(t, `${id}-drop`);
    const first = await connect({ will: WILL, onCommand }, never());
    first.destroy();
    await first.closed;
    await send(port(t), `oneface/${id}-drop/commands`, '{"n":1}');
    const second = await connect({ will: WILL, onCommand }, never());
    await until(() => taken.length > 0);
    t.deepEqual(taken, [{ payload: '{"n":1}', retain: false }]);
    await second.end();
  });

  test(`a command that is not yet kept when the connection breaks comes again, with ${name}`, async (t) => {
    const connect = connector(t, `${id}-kept`);
    const taken: string[] = [];
    const request = (keep: Promise<void>): ConnectRequest => ({
      will: WILL,
      onCommand: async (payload) => {
        taken.push(Buffer.from(payload).toString());
        await keep;
      },
    });
    const first = await connect(request(new Promise(() => {})), never());
    await send(port(t), `oneface/${id}-kept/commands`, '{"n":1}');
    await until(() => taken.length > 0);
    first.destroy();
    const second = await connect(request(Promise.resolve()), never());
    await until(() => taken.length > 1);
    await second.end();
    const third = await connect(request(Promise.resolve()), never());
    await send(port(t), `oneface/${id}-kept/commands`, '{"n":2}');
    await until(() => taken.length > 2);
    t.deepEqual(taken, ['{"n":1}', '{"n":1}', '{"n":2}']);
    await third.end();
  });

  test(`a command that the broker keeps is known as such, so that it can be refused, with ${name}`, async (t) => {
    const topic = `oneface/${id}-retained/commands`;
    await send(port(t), topic, '{"n":1}', { retain: true });
    const { taken, onCommand } = taker();
    const connection = await connector(t, `${id}-retained`)({ will: WILL, onCommand }, never());
    await until(() => taken.length > 0);
    t.deepEqual(taken, [{ payload: '{"n":1}', retain: true }]);
    await connection.end();
    await send(port(t), topic, '', { retain: true });
  });
}

test('with MQTT 5 a command that the broker keeps is told once a session, and known at once', async (t) => {
  const { port } = t.context.mosquitto;
  const topic = 'oneface/once/commands';
  const { taken, onCommand } = taker();
  const connect = connectTo(port, { version: 5, clientId: 'once', commandTopic: topic });
  const first = await connect({ will: WILL, onCommand }, never());
  await send(port, topic, '{"n":1}', { retain: true });
  await until(() => taken.length > 0);
  await first.end();
  const second = await connect({ will: WILL, onCommand }, never());
  await send(port, topic, '{"n":2}');
  await until(() => taken.length > 1);
  t.deepEqual(taken, [
    { payload: '{"n":1}', retain: true },
    { payload: '{"n":2}', retain: false },
  ]);
  await second.end();
  await send(port, topic, '', { retain: true });
});

test('whoever sees the birth message can send a command: the subscription stands before it', async (t) => {
  const order: string[] = [];
  const broker = await startRawBroker((packet, socket) => {
    if (packet.type === PACKET.connect) socket.write(connack(5));
    if (packet.type === PACKET.subscribe) {
      order.push('subscribe');
      setTimeout(() => {
        order.push('suback');
        socket.write(suback(5, packet));
      }, 50);
    }
    if (packet.type === PACKET.publish) {
      order.push('publish');
      socket.write(puback(packet));
    }
  });
  t.teardown(() => broker.stop());
  const { publisher } = start({ ...patient, connect: connectTo(broker.port), onCommand() {} });
  await until(() => order.length > 2);
  t.deepEqual(order, ['subscribe', 'suback', 'publish']);
  await publisher.close('stopped', 1000);
});

test('a refused subscription is named in the log, and events go on', async (t) => {
  const broker = await startRawBroker((packet, socket) => {
    if (packet.type === PACKET.connect) socket.write(connack(5));
    if (packet.type === PACKET.subscribe) socket.write(suback(5, packet, 0x87));
    if (packet.type === PACKET.publish) socket.write(puback(packet));
  });
  t.teardown(() => broker.stop());
  const { publisher, outbox, logged } = start({
    ...patient,
    connect: connectTo(broker.port),
    onCommand() {},
  });
  await outbox.addEvent(() => ({ topic: 'oneface/door/events', payload: '{"e":1}' }));
  await until(() => outbox.state.messages === 0);
  t.regex(logged.join(''), /error broker refused the subscription to commands error=.*Not authorized/);
  await publisher.close('stopped', 1000);
});

test('a handler that fails is reported and costs neither connection nor the next command', async (t) => {
  const { port } = t.context.mosquitto;
  const taken: string[] = [];
  const { publisher, logged } = start({
    ...patient,
    connect: connectTo(port, { clientId: 'failing', commandTopic: 'oneface/failing/commands' }),
    onCommand(payload) {
      taken.push(Buffer.from(payload).toString());
      if (taken.length === 1) throw new Error('no memory for it');
    },
  });
  await until(() => publisher.state.connected);
  await send(port, 'oneface/failing/commands', '{"n":1}');
  await send(port, 'oneface/failing/commands', '{"n":2}');
  await until(() => taken.length === 2);
  t.is(publisher.state.session, 1);
  t.regex(logged.join(''), /error a command could not be taken error="no memory for it"/);
  await publisher.close('stopped', 1000);
});

test('the sender of a command gets copies of its replies at his response topic, with his correlation data', async (t) => {
  const { port } = t.context.mosquitto;
  const answers = await observe(port, 'answers/+', 5);
  const replies = await observe(port, 'oneface/asked/replies', 5);
  let asked = 0;
  const { publisher, outbox } = start({
    ...patient,
    connect: connectTo(port, { clientId: 'asked', commandTopic: 'oneface/asked/commands' }),
    onCommand: async () => {
      asked += 1;
    },
  });
  await until(() => publisher.state.connected);
  const ask = (id: string, responseTopic: string) =>
    send(port, 'oneface/asked/commands', JSON.stringify({ id }), {
      properties: { responseTopic, correlationData: Buffer.from(`${id}-data`) },
    });
  const reply = (id: string, state: string) =>
    outbox.add('reply', { topic: 'oneface/asked/replies', payload: JSON.stringify({ id, state }) });
  await ask('command-1', 'answers/me');
  await ask('command-2', 'oneface/other/commands');
  await until(() => asked === 2);
  await reply('command-2', 'successful');
  await reply('command-1', 'accepted');
  await reply('command-1', 'successful');
  await reply('command-1', 'successful');
  await replies.until(() => replies.received.length === 4);
  await answers.until(({ payload }) => payload.includes('successful'));
  await publisher.close('stopped', 1000);
  t.deepEqual(
    answers.received.map(({ topic, payload, correlationData }) => [
      topic,
      JSON.parse(payload),
      correlationData,
    ]),
    [
      ['answers/me', { id: 'command-1', state: 'accepted' }, 'command-1-data'],
      ['answers/me', { id: 'command-1', state: 'successful' }, 'command-1-data'],
    ],
  );
  await answers.close();
  await replies.close();
});

for (const version of [4, 5] as const) {
  test(`a packet too large for memory ends the connection, and is not sent again for ever, with version ${version}`, async (t) => {
    const { port } = t.context.mosquitto;
    const id = `flood-${version}`;
    const commandTopic = `oneface/${id}/commands`;
    const { log, logged } = testLog();
    const { taken, onCommand } = taker();
    const connect = connectTo(port, { version, clientId: id, commandTopic }, log);
    const first = await connect({ will: WILL, onCommand }, never());
    await send(port, commandTopic, 'x'.repeat(3_000_000));
    if (version === 4) {
      const { how, error } = await first.closed;
      t.is(how, 'failed');
      t.regex(String(error), /a packet of more than 1048576 bytes came/);
      t.regex(logged.join(''), /error the commands that wait at the broker are dropped/);
    } else {
      first.destroy();
      await first.closed;
    }
    const second = await connect({ will: WILL, onCommand }, never());
    await send(port, commandTopic, '{"n":1}');
    await until(() => taken.length > 0);
    t.deepEqual(taken, [{ payload: '{"n":1}', retain: false }]);
    await second.end();
  });
}
