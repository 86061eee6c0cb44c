import { setTimeout as delay } from 'node:timers/promises';
import { decorrelatedJitter } from '@oneface/edge/mqtt/backoff';
import { createSharedIdWatch, type EndOfLife } from '@oneface/edge/mqtt/shared-id';
import test from 'ava';
import { freePort, startMosquitto } from './support/brokers.js';
import { settled } from './support/fake-connection.js';
import { connack, PACKET, puback, startRawBroker } from './support/raw-broker.js';
import { connectTo, start, testClock } from './support/scene.js';

const MINUTE = 60_000;
const CUT: EndOfLife = { how: 'cut', fruitless: false, lifetime: 2000 };

for (const version of [4, 5] as const) {
  test(`two devices with one client id at a real broker notice it and stop fighting, with version ${version}`, async (t) => {
    const broker = await startMosquitto(await freePort());
    t.teardown(() => broker.stop());
    const long: number[] = [];
    const sleep = async (milliseconds: number, signal: AbortSignal) => {
      if (milliseconds < MINUTE) return delay(milliseconds);
      long.push(milliseconds);
      return new Promise<void>((resolve) => {
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
    };
    const devices = [0.3, 0.6].map((draw) =>
      start({
        connect: connectTo(broker.port, { version }),
        backoff: decorrelatedJitter(() => draw, 5),
        sleep,
      }),
    );
    while (long.length === 0) await delay(5);
    const noticed = devices.find(({ publisher }) => publisher.state.sharedId);
    t.regex(
      noticed?.logged.join('') ?? '',
      /error another client seems to use the client id of this device.*: give each device a name of its own clientId=oneface:door\n/,
    );
    // The other one keeps the connection meanwhile.
    const { session } = devices[0].publisher.state;
    await delay(100);
    t.true(devices[0].publisher.state.session <= session + 1);
    t.true(devices.some(({ publisher }) => publisher.state.connected));
    for (const { publisher } of devices) await publisher.close('stopped', 1000);
  });
}

test('a broker that says that the session was taken over is believed at once', async (t) => {
  const broker = await startRawBroker((packet, socket) => {
    if (packet.type === PACKET.connect) socket.write(connack(5));
    if (packet.type !== PACKET.publish) return;
    socket.write(puback(packet));
    socket.end(Buffer.from([PACKET.disconnect << 4, 1, 0x8e]));
  });
  t.teardown(() => broker.stop());
  const { publisher, pauses, logged } = start({ connect: connectTo(broker.port) });
  while (pauses.length === 0) await settled();
  t.true(publisher.state.sharedId);
  t.true(pauses[0] >= MINUTE);
  t.regex(logged.join(''), /connection to broker lost session=1 how=taken-over error="[^"]*0x8e/);
  await publisher.close('stopped', 1);
});

test('a connection that stands for 20 minutes ends the suspicion, also before it ends', async (t) => {
  const clock = testClock();
  const { publisher, connections, pauses } = start({ clock });
  await settled();
  await connections[0].lose({ how: 'taken-over' });
  while (connections.length < 2) await settled();
  t.true(pauses[0] >= MINUTE);
  await settled();
  t.true(publisher.state.sharedId);
  clock.time += 20 * MINUTE;
  t.false(publisher.state.sharedId);
  await connections[1].lose();
  while (connections.length < 3) await settled();
  t.true(pauses[1] < MINUTE);
  await publisher.close('stopped', 1);
});

test('where the broker says nothing, three connections in a row that were closed soon are needed', (t) => {
  const watch = createSharedIdWatch(() => 0);
  t.deepEqual([watch.ended(CUT), watch.ended(CUT), watch.ended(CUT)], [false, false, true]);
  t.true(watch.suspected());
  t.false(watch.ended(CUT));
});

for (const [name, between] of [
  ['a broker that was not reached', undefined],
  ['a network error', { ...CUT, how: 'failed' }],
  ['a connection that lasted', { ...CUT, lifetime: MINUTE }],
  ['a message that the broker minds', { ...CUT, fruitless: true }],
] as const) {
  test(`closed connections with ${name} between them are no sign of another client`, (t) => {
    const watch = createSharedIdWatch(() => 0);
    for (let i = 0; i < 5; i++) {
      t.false(watch.ended(CUT));
      t.false(watch.ended(CUT));
      if (between === undefined) watch.notReached();
      else t.false(watch.ended(between));
    }
    t.false(watch.suspected());
  });
}
