import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRefusalPauses, isFinalRefusal } from '@oneface/edge/mqtt/refusals';
import test from 'ava';
import { freePort, startMosquitto } from './support/brokers.js';
import { settled } from './support/fake-connection.js';
import { observe } from './support/observer.js';
import { addEvent, connectTo, EVENTS_TOPIC, event, patient, start } from './support/scene.js';

const REFUSED = { outcome: 'refused', reason: 'Quota exceeded', final: false } as const;
const DELIVERED = { outcome: 'delivered' } as const;

test('only what is about the message itself is refused for ever', (t) => {
  const codes = Array.from({ length: 0x100 }, (_, code) => code);
  // Packet too large, payload format invalid.
  t.deepEqual(codes.filter(isFinalRefusal), [0x95, 0x99]);
});

test('pauses after refusals double from a second to ten minutes, until something is delivered', (t) => {
  const pauses = createRefusalPauses();
  t.deepEqual([pauses.next(), pauses.next(), pauses.next()], [1000, 2000, 4000]);
  for (let i = 0; i < 10; i++) pauses.next();
  t.is(pauses.next(), 600_000);
  pauses.reset();
  t.is(pauses.next(), 1000);
});

test('a refused event is kept and sent again after a pause, in its old place', async (t) => {
  const pauses: number[] = [];
  let wake = () => {};
  const sleep = (milliseconds: number) => {
    pauses.push(milliseconds);
    return new Promise<void>((resolve) => {
      wake = resolve;
    });
  };
  const { publisher, outbox, connections, logged } = start({ sleep });
  await settled();
  const [connection] = connections;
  await connection.deliverAll();
  for (const name of ['a', 'b', 'c']) addEvent(outbox, name);
  const [a, b, c] = connection.answers.splice(0);
  a(REFUSED);
  b(DELIVERED);
  await settled();
  addEvent(outbox, 'd');
  t.deepEqual(pauses, []);
  c(REFUSED);
  await settled();
  t.deepEqual(pauses, [1000]);
  t.deepEqual(connection.sent.slice(1), ['a', 'b', 'c'].map(event));
  wake();
  await settled();
  t.deepEqual(connection.sent.slice(4), ['a', 'c', 'd'].map(event));
  await connection.deliverAll();
  t.is(outbox.state.messages, 0);
  t.is(logged.filter((line) => line.includes('kept and sent again')).length, 1);
  await connection.lose();
  wake();
  await publisher.close('stopped', 1);
});

test('a connection that is lost while a refused event waits brings it to the next one', async (t) => {
  const { publisher, outbox, connections } = start();
  await settled();
  await connections[0].deliverAll();
  addEvent(outbox, 'a');
  await connections[0].refuseAll('Not authorized', false);
  await connections[0].lose();
  while (connections.length < 2) await settled();
  await settled();
  t.is(connections[1].sent.at(-1), '{"historical":true,"e":"a"}');
  await connections[1].deliverAll();
  t.is(await publisher.close('stopped', 1), 0);
});

test('an event that is refused for ever is dropped once the broker takes others, and named in the log', async (t) => {
  const { publisher, outbox, connections, logged } = start();
  await settled();
  await connections[0].deliverAll();
  addEvent(outbox, 'a');
  await connections[0].refuseAll('Payload format invalid', true);
  t.is(outbox.state.messages, 1);
  addEvent(outbox, 'b');
  connections[0].answers.shift()?.({ outcome: 'delivered' });
  await settled();
  await connections[0].refuseAll('Payload format invalid', true);
  t.regex(
    logged.join(''),
    /error message dropped, the broker does not take it kind=event topic=oneface\/door\/events bytes=9 reason="Payload format invalid"/,
  );
  t.is(await publisher.close('stopped', 1), 0);
});

test('a refused health message or reply does not hold up the events behind it', async (t) => {
  const { publisher, outbox, connections, logged } = start();
  await settled();
  const [connection] = connections;
  await connection.deliverAll();
  await outbox.add('health', { topic: 'oneface/door/health', payload: '{"h":1}' });
  await outbox.add('reply', { topic: 'oneface/door/replies', payload: '{"r":1}' });
  await connection.refuseAll('Not authorized', false);
  t.is(logged.filter((line) => line.includes('message dropped')).length, 2);
  addEvent(outbox, 'a');
  t.is(connection.sent.at(-1), event('a'));
  await connection.deliverAll();
  t.is(await publisher.close('stopped', 1), 0);
});

test('events that a real broker does not allow arrive in order once its rules are mended', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'oneface-acl-'));
  const rules = join(folder, 'acl');
  const allowed = 'topic read #\ntopic write oneface/door/status\n';
  await writeFile(rules, allowed);
  const broker = await startMosquitto(await freePort(), [`acl_file ${rules}`]);
  t.teardown(async () => {
    await broker.stop();
    await rm(folder, { recursive: true });
  });
  const observer = await observe(broker.port, EVENTS_TOPIC, 5);
  const { publisher, outbox, logged } = start({ ...patient, connect: connectTo(broker.port) });
  for (let i = 0; i < 20; i++) addEvent(outbox, i);
  while (!logged.join('').includes('refused an event')) await settled();
  t.regex(logged.join(''), /reason="Publish error: Not authorized"/);
  await writeFile(rules, `${allowed}topic write ${EVENTS_TOPIC}\n`);
  broker.reload();
  await observer.until(({ payload }) => payload.endsWith('"e":19}'));
  const arrived = observer.received.map(({ payload }) => JSON.parse(payload).e);
  t.deepEqual(
    arrived,
    Array.from({ length: 20 }, (_, i) => i),
  );
  t.is(await publisher.close('stopped', 5000), 0);
  await observer.close();
});
