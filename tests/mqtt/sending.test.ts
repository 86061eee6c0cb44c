import { toSending } from '@oneface/edge/mqtt/sending';
import type { QueuedMessage } from '@oneface/edge/outbox/outbox';
import test from 'ava';
import fc from 'fast-check';
import { freePort, startMosquitto } from './support/brokers.js';
import { observe } from './support/observer.js';
import { connectTo, patient, start } from './support/scene.js';

const HEALTH_TOPIC = 'oneface/door/health';
const queued = (changes: Partial<QueuedMessage>): QueuedMessage => ({
  kind: 'event',
  topic: 't',
  payload: '{"a":1}',
  addedAt: 5,
  ...changes,
});

test('events and health messages from before the session or from an earlier run are flagged historical', (t) => {
  for (const kind of ['event', 'health'] as const) {
    for (const addedAt of [undefined, 9]) {
      const { message } = toSending(queued({ kind, addedAt }), 10);
      t.is(message.payload, '{"historical":true,"a":1}');
    }
    t.is(toSending(queued({ kind, addedAt: 10 }), 10).message.payload, '{"a":1}');
  }
});

test('a reply is never historical: it says when it was given', (t) => {
  t.is(toSending(queued({ kind: 'reply', addedAt: undefined }), 10).message.payload, '{"a":1}');
});

test('a historical health message is not retained, so that it never replaces a newer one', (t) => {
  const health = queued({ kind: 'health', retain: true });
  t.is(toSending(health, 6).options.retain, false);
  t.is(toSending(health, 5).options.retain, true);
});

test('health messages expire, events and replies do not', (t) => {
  t.is(toSending(queued({ kind: 'health' }), 0).options.expirySeconds, 3600);
  for (const kind of ['event', 'reply'] as const) {
    t.is(toSending(queued({ kind }), 0).options.expirySeconds, undefined);
  }
});

test('whatever a message says, the flag comes in and nothing else changes', (t) => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 }), (fields) => {
      const { historical: _, ...others } = fields;
      if (Object.keys(others).length === 0) return;
      const { message } = toSending(queued({ payload: JSON.stringify(others) }), 10);
      t.deepEqual(JSON.parse(message.payload), { historical: true, ...JSON.parse(JSON.stringify(others)) });
    }),
  );
});

test('a late reader finds the newest health message, not one that had waited', async (t) => {
  const broker = await startMosquitto(await freePort());
  t.teardown(() => broker.stop());
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const connect = connectTo(broker.port);
  const { publisher, outbox } = start({
    ...patient,
    connect: async (request, signal) => {
      await opened;
      return connect(request, signal);
    },
  });
  const health = (n: number) =>
    outbox.add('health', { topic: HEALTH_TOPIC, payload: JSON.stringify({ n }), retain: true });
  await health(1);
  const observer = await observe(broker.port, HEALTH_TOPIC, 5);
  open();
  const first = await observer.until(() => true);
  t.deepEqual(JSON.parse(first.payload), { historical: true, n: 1 });
  await health(2);
  await observer.until(({ payload }) => payload === '{"n":2}');
  const late = await observe(broker.port, HEALTH_TOPIC, 5);
  const { payload, retain, expiry } = await late.until(() => true);
  t.deepEqual([payload, retain], ['{"n":2}', true]);
  t.true(expiry !== undefined && expiry > 3500 && expiry <= 3600);
  await publisher.close('stopped', 1000);
  await observer.close();
  await late.close();
});
