import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import test from 'ava';
import { connectAsync } from 'mqtt';
import { temporaryFolder } from '../support/temporary-folder.js';
import { payload } from './log-events.js';
import { loadSoak } from './soak-modules.js';

const { Mosquitto } = await loadSoak<typeof import('../../deploy/soak/mosquitto.js')>('mosquitto');
const { freePort } = await loadSoak<typeof import('../../deploy/soak/free-port.js')>('free-port');
const { Judge } = await loadSoak<typeof import('../../deploy/soak/judge.js')>('judge');
const { subscribe } = await loadSoak<typeof import('../../deploy/soak/subscriber.js')>('subscriber');

test('what mosquitto acknowledged reaches the judge over stops of the broker, in order and whole', async (t) => {
  const folder = await temporaryFolder(t);
  const broker = await Mosquitto.start(await freePort(), join(folder, 'db'), join(folder, 'log'));
  const url = `mqtt://127.0.0.1:${broker.port}`;
  const judge = new Judge();
  const subscriber = await subscribe(url, judge, () => {}, join(folder, 'subscriber.log'));
  let sequence = 0;
  for (let round = 0; round < 3; round++) {
    const publisher = await connectAsync(url, { reconnectPeriod: 0 });
    for (let count = 0; count < 200; count++) {
      sequence += 1;
      const event = payload({ sequence, historical: true });
      await publisher.publishAsync('oneface/soak-door/events', event, { qos: 1 });
    }
    // The broker goes at once, with whatever the subscriber has not fetched yet.
    await broker.stop();
    await publisher.endAsync(true);
    await broker.resume();
  }
  const deadline = Date.now() + 20_000;
  while (judge.events < sequence && Date.now() < deadline) await delay(20);
  await subscriber.close();
  await broker.stop();
  const { events, failures, logs } = judge.judge();
  t.is(events, sequence);
  t.is(logs[0].last, sequence);
  t.is(failures.lost + failures.conflicting + failures.reordered, 0);
});
