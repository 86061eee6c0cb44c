import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { UnavailableError } from '@oneface/common/errors/errors';
import { systemClock } from '@oneface/edge/clock/clock';
import { createLogger } from '@oneface/edge/logging/logger';
import { type Backoff, decorrelatedJitter } from '@oneface/edge/mqtt/backoff';
import {
  type BrokerConnection,
  type ConnectBroker,
  createBrokerConnector,
  type Delivery,
} from '@oneface/edge/mqtt/broker';
import { createMemoryOutbox, type OutgoingMessage } from '@oneface/edge/mqtt/outbox';
import { Publisher, type PublisherParts, type StatusMessages } from '@oneface/edge/mqtt/publisher';
import test from 'ava';
import { freePort, startMosquitto } from './support/brokers.js';
import { observe } from './support/observer.js';

const STATUS_TOPIC = 'oneface/door/status';
const status: StatusMessages = {
  online: (session) => ({ topic: STATUS_TOPIC, payload: `online ${session}` }),
  offline: (session, reason) => ({ topic: STATUS_TOPIC, payload: `offline ${session} ${reason}` }),
};

const event = (payload: string): OutgoingMessage => ({ topic: 'oneface/door/events', payload });

/** A connection whose answers the test gives; it keeps what was sent. */
class FakeConnection implements BrokerConnection {
  readonly sent: string[] = [];
  readonly answers: ((delivery: Delivery) => void)[] = [];
  readonly closed: Promise<Error | undefined>;
  readonly will: string;
  ended = false;
  #close: (error?: Error) => void = () => {};

  constructor(will: OutgoingMessage) {
    this.will = will.payload;
    this.closed = new Promise((resolve) => {
      this.#close = resolve;
    });
  }

  publish({ payload }: OutgoingMessage, { retain }: { retain: boolean }): Promise<Delivery> {
    this.sent.push(retain ? `${payload} (retained)` : payload);
    return new Promise((resolve) => {
      this.answers.push(resolve);
    });
  }

  /** Acknowledges everything sent so far, and what that makes the publisher send. */
  async deliverAll(): Promise<void> {
    while (this.answers.length > 0) {
      for (const answer of this.answers.splice(0)) answer({ outcome: 'delivered' });
      await settled();
    }
  }

  lose(error?: Error): void {
    for (const answer of this.answers.splice(0)) answer({ outcome: 'lost' });
    this.#close(error);
  }

  async end(): Promise<void> {
    this.ended = true;
    this.lose();
  }

  destroy(): void {
    this.lose();
  }
}

/** Lets every promise that can go on do so. */
const settled = () => delay(1);

interface Scene {
  readonly publisher: Publisher;
  readonly connections: FakeConnection[];
  readonly pauses: number[];
  readonly logged: string[];
}

function start(changes: Partial<PublisherParts> = {}): Scene {
  const connections: FakeConnection[] = [];
  const pauses: number[] = [];
  const logged: string[] = [];
  const publisher = new Publisher({
    connect: async (will) => {
      const connection = new FakeConnection(will);
      connections.push(connection);
      return connection;
    },
    status,
    outbox: createMemoryOutbox(100),
    backoff: decorrelatedJitter(() => 0.5),
    clock: systemClock,
    sleep: async (milliseconds) => {
      pauses.push(milliseconds);
      await settled();
    },
    log: createLogger({
      level: 'debug',
      format: 'text',
      now: () => 0,
      write: (line) => logged.push(line),
    }),
    ...changes,
  });
  return { publisher, connections, pauses, logged };
}

test('the birth message comes first, then the waiting messages in their order', async (t) => {
  const { publisher, connections } = start();
  publisher.publish(event('a'));
  publisher.publish(event('b'));
  await settled();
  const [connection] = connections;
  t.deepEqual(connection.sent, ['online 1 (retained)', 'a', 'b']);
  t.is(connection.will, 'offline 1 connection-lost');
  await connection.deliverAll();
  publisher.publish(event('c'));
  await connection.deliverAll();
  t.deepEqual(connection.sent, ['online 1 (retained)', 'a', 'b', 'c']);
  connection.lose();
  await publisher.close('stopped', 1);
});

test('a message without acknowledgement is sent again on the next connection', async (t) => {
  const { publisher, connections, logged } = start();
  for (const payload of ['a', 'b', 'c']) publisher.publish(event(payload));
  await settled();
  const [first] = connections;
  const [, , b] = first.answers;
  b({ outcome: 'delivered' });
  await settled();
  first.lose(new Error('cable cut'));
  await delay(10);
  const [, second] = connections;
  t.deepEqual(second.sent, ['online 2 (retained)', 'a', 'c']);
  t.is(second.will, 'offline 2 connection-lost');
  t.regex(logged.join(''), /connection to broker lost session=1 error="cable cut"/);
  await second.deliverAll();
  second.lose();
  t.is(await publisher.close('stopped', 1), 0);
});

test('no more than eight messages are under way', async (t) => {
  const { publisher, connections } = start();
  for (let i = 0; i < 20; i++) publisher.publish(event(String(i)));
  await settled();
  const [connection] = connections;
  t.is(connection.sent.length, 1 + 8);
  connection.answers[1]({ outcome: 'delivered' });
  await settled();
  t.is(connection.sent.length, 1 + 9);
  await connection.deliverAll();
  t.is(connection.sent.length, 1 + 20);
  connection.lose();
  await publisher.close('stopped', 1);
});

test('a message that the broker refuses is reported and not sent again', async (t) => {
  const { publisher, connections, logged } = start();
  publisher.publish(event('a'));
  await settled();
  const [connection] = connections;
  connection.answers[1]({ outcome: 'refused', reason: 'Quota exceeded' });
  await settled();
  t.regex(logged.join(''), /error broker refused a message .*Quota exceeded/);
  connection.lose();
  t.is(await publisher.close('stopped', 1), 0);
});

test('an overflow is reported', async (t) => {
  const { publisher, logged } = start({
    outbox: createMemoryOutbox(1),
    connect: () => Promise.reject(new UnavailableError('no broker')),
  });
  publisher.publish(event('a'));
  publisher.publish(event('b'));
  t.regex(logged.join(''), /warn {2}outbox full, oldest messages dropped dropped=1/);
  t.is(await publisher.close('stopped', 1), 1);
});

test('pauses follow the backoff until a connection has lasted five minutes', async (t) => {
  let time = 0;
  const steps: string[] = [];
  const backoff: Backoff = {
    next: () => {
      steps.push('pause');
      return 1;
    },
    reset: () => steps.push('reset'),
  };
  const clock = { now: () => 0, monotonic: () => time };
  const lifetimes = [1000, 299_000, 300_000];
  const stay = new FakeConnection(event(''));
  const connect: ConnectBroker = async (will) => {
    const lifetime = lifetimes.shift();
    if (lifetime === undefined) return stay;
    const connection = new FakeConnection(will);
    setImmediate(() => {
      time += lifetime;
      connection.lose();
    });
    return connection;
  };
  const { publisher } = start({ backoff, clock, connect });
  while (stay.sent.length === 0) await settled();
  t.deepEqual(steps, ['pause', 'pause', 'reset', 'pause']);
  stay.lose();
  await publisher.close('stopped', 1);
});

test('closing delivers what waits, then the death message, then says good-bye', async (t) => {
  const { publisher, connections } = start();
  publisher.publish(event('a'));
  await settled();
  const [connection] = connections;
  const closing = publisher.close('failed', 5000);
  await settled();
  t.deepEqual(connection.sent, ['online 1 (retained)', 'a']);
  await connection.deliverAll();
  t.deepEqual(connection.sent, ['online 1 (retained)', 'a', 'offline 1 failed (retained)']);
  await connection.deliverAll();
  t.is(await closing, 0);
  t.true(connection.ended);
});

test('closing without a broker ends at the deadline and counts what was not delivered', async (t) => {
  const connect = () => Promise.reject(new UnavailableError('no broker'));
  const { publisher } = start({ connect });
  publisher.publish(event('a'));
  publisher.publish(event('b'));
  t.is(await publisher.close('stopped', 30), 2);
});

const patient = { backoff: decorrelatedJitter(() => 0.5, 5, 20), sleep: (ms: number) => delay(ms) };

function realConnector(port: number, version: 4 | 5): ConnectBroker {
  const client = { protocolVersion: version, clientId: 'oneface-door' };
  return createBrokerConnector({ url: `mqtt://127.0.0.1:${port}`, qos: 1, client });
}

test('every message arrives in order although the broker is stopped and started again', async (t) => {
  const port = await freePort();
  let broker = await startMosquitto(port);
  const before = await observe(port, 'oneface/door/#', 5);
  const connect = realConnector(port, 5);
  let watched: Promise<void> = Promise.resolve();
  const { publisher } = start({
    ...patient,
    connect: async (will, signal) => {
      await watched;
      return connect(will, signal);
    },
  });
  publisher.publish(event('1'));
  await before.until(({ payload }) => payload === '1');
  await before.close();
  let open = () => {};
  watched = new Promise((resolve) => {
    open = resolve;
  });
  await broker.stop();
  for (const payload of ['2', '3', '4']) publisher.publish(event(payload));
  broker = await startMosquitto(port);
  const after = await observe(port, 'oneface/door/#', 5);
  open();
  t.is(await publisher.close('stopped', 5000), 0);
  await after.until(({ payload }) => payload.startsWith('offline'));
  const [online, ...others] = after.received.map(({ payload }) => payload);
  t.regex(online, /^online \d+$/);
  t.deepEqual(others, ['2', '3', '4', `${online.replace('online', 'offline')} stopped`]);
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
  const { publisher, logged } = start({ ...patient, connect: realConnector(port, 4) });
  publisher.publish(event('a'));
  while (!logged.join('').includes('connected to broker')) await settled();
  t.is(await publisher.close('stopped', 50), 1);
  frozen.close();
});
