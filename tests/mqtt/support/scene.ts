import { setTimeout as delay } from 'node:timers/promises';
import { type Clock, systemClock } from '@oneface/edge/clock/clock';
import type { StatusMessages } from '@oneface/edge/events/status-messages';
import { createLogger, type Logger } from '@oneface/edge/logging/logger';
import { decorrelatedJitter } from '@oneface/edge/mqtt/backoff';
import type { ConnectRequest } from '@oneface/edge/mqtt/broker';
import { type BrokerOptions, createBrokerConnector } from '@oneface/edge/mqtt/broker-connector';
import { Publisher, type PublisherParts } from '@oneface/edge/mqtt/publisher';
import type { Outbox } from '@oneface/edge/outbox/outbox';
import { FakeConnection, settled } from './fake-connection.js';
import { createMemoryOutbox } from './memory-outbox.js';

export const STATUS_TOPIC = 'oneface/door/status';
export const EVENTS_TOPIC = 'oneface/door/events';

export const status: StatusMessages = {
  online: (session) => ({ topic: STATUS_TOPIC, payload: `online ${session}` }),
  offline: (session, reason) => ({ topic: STATUS_TOPIC, payload: `offline ${session} ${reason}` }),
};

/** A clock that stands until the test moves it. */
export interface TestClock extends Clock {
  time: number;
}

export function testClock(): TestClock {
  return {
    time: 0,
    now: () => 0,
    monotonic() {
      return this.time;
    },
  };
}

/** Adds an event whose payload is `{"e":<name>}`. */
export function addEvent(outbox: Outbox, name: string | number): void {
  void outbox.addEvent(() => ({ topic: EVENTS_TOPIC, payload: event(name) }));
}

export const event = (name: string | number) => JSON.stringify({ e: name });
/** How an event goes out that had to wait. */
export const old = (name: string | number) => JSON.stringify({ historical: true, e: name });

export interface Scene {
  readonly publisher: Publisher;
  readonly outbox: Outbox;
  readonly connections: FakeConnection[];
  readonly pauses: number[];
  readonly logged: string[];
  readonly log: Logger;
}

/** Starts a publisher; without other parts its connections are fakes and its pauses take no time. */
export function start(changes: Partial<PublisherParts> = {}): Scene {
  const connections: FakeConnection[] = [];
  const pauses: number[] = [];
  const { log, logged } = testLog();
  const clock = changes.clock ?? systemClock;
  const parts: PublisherParts = {
    connect: async (request: ConnectRequest) => {
      const connection = new FakeConnection(request);
      connections.push(connection);
      return connection;
    },
    status,
    outbox: createMemoryOutbox(100, '0'.repeat(32), clock),
    backoff: decorrelatedJitter(() => 0.5),
    clock,
    sleep: async (milliseconds) => {
      pauses.push(milliseconds);
      await settled();
    },
    log,
    clientId: 'oneface:door',
    ...changes,
  };
  return { publisher: new Publisher(parts), outbox: parts.outbox, connections, pauses, logged, log };
}

/** Pauses of real time, but short. */
export const patient = {
  backoff: decorrelatedJitter(() => 0.5, 5, 20),
  sleep: (milliseconds: number) => delay(milliseconds),
};

export function testLog(): { log: Logger; logged: string[] } {
  const logged: string[] = [];
  const write = (line: string) => void logged.push(line);
  return { logged, log: createLogger({ level: 'debug', format: 'text', now: () => 0, write }) };
}

/** A real connector to a broker on loopback. */
export function connectTo(port: number, changes: Partial<BrokerOptions> = {}, log = testLog().log) {
  const options: BrokerOptions = {
    url: `mqtt://127.0.0.1:${port}`,
    version: 'auto',
    qos: 1,
    clientId: 'oneface:door',
    commandTopic: 'oneface/door/commands',
    keepaliveSeconds: 30,
    connectMilliseconds: 20_000,
    connackMilliseconds: 20_000,
    ackMilliseconds: 60_000,
    tls: {
      rejectUnauthorized: true,
      time: { certificateTime: () => Date.now(), quality: () => 'unknown' },
      path: process.env.PATH,
    },
    ...changes,
  };
  return createBrokerConnector(options, { clock: systemClock, log });
}
