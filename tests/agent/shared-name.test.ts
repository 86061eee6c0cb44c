import test from 'ava';
import { makeMaterial } from '../clock/faked-agent.js';
import { freePort, startMosquitto } from '../mqtt/support/brokers.js';
import { Device } from './device.js';
import { figures } from './figures.js';
import { hastened, PLAIN } from './runtimes.js';

const material = await makeMaterial();
const broker = await startMosquitto(await freePort());

test.after.always(async () => {
  await broker.stop();
  await material.remove();
});

/** The pauses between connections grow to minutes. */
const HASTE = 10;

test('two agents with one name cut each other off, and one of them says so in log and figures', async (t) => {
  const start = async () => {
    const port = await freePort();
    const changes = { site: 'lobby', health: { port } };
    const device = await Device.make(t, { name: 'twin', material, port: broker.port, changes });
    const agent = device.launch(hastened(PLAIN, HASTE));
    return { agent, told: figures(agent, port, (page) => page.value('oneface_broker_shared_id') === 1) };
  };
  const twins = await Promise.all([start(), start()]);
  const page = await Promise.any(twins.map(({ told }) => told));
  t.true(Number(page.value('oneface_broker_sessions_total')) > 1);
  const log = twins.map(({ agent }) => agent.stderr()).join('');
  t.regex(log, /error another client seems to use the client id .* clientId="?oneface:lobby:twin/);
});
