import { rm, writeFile } from 'node:fs/promises';
import test, { type ExecutionContext } from 'ava';
import { freePort, startMosquitto } from '../mqtt/support/brokers.js';
import { createAuthority } from '../mqtt/support/certificates.js';
import { type Observer, observe, type Received } from '../mqtt/support/observer.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { eventsOf, FakedDevice, makeMaterial } from './faked-agent.js';

/** The real agent and a real broker; only the wall clock of the agent's process is turned, by libfaketime. */
const material = await makeMaterial();
const authority = await createAuthority();
const certificate = await authority.issue('broker.test');
const tlsPort = await freePort();
const broker = await startMosquitto(await freePort(), [
  `listener ${tlsPort} 127.0.0.1`,
  `certfile ${certificate.cert}`,
  `keyfile ${certificate.key}`,
]);

test.after.always(async () => {
  await broker.stop();
  await rm(authority.folder, { recursive: true });
  await material.remove();
});

async function device(t: ExecutionContext, name: string): Promise<FakedDevice> {
  const made = new FakedDevice(name, await temporaryFolder(t), material, broker.port);
  await made.configure();
  return made;
}

async function watch(t: ExecutionContext, filter: string): Promise<Observer> {
  const observer = await observe(broker.port, filter);
  t.teardown(() => observer.close());
  return observer;
}

const year = (time: string) => Number(time.slice(0, 4));

/** Waits for an event of that year. */
async function untilYear(observer: Observer, wanted: number) {
  await observer.until(
    ({ topic, payload }) => topic.endsWith('/events') && year(JSON.parse(payload).time) === wanted,
  );
}

test.serial('an agent that starts in 1970 works, and says that its time is worth nothing', async (t) => {
  const door = await device(t, 'no-battery');
  await writeFile(door.floorFile, '{"lastGood":"2026-03-01T00:00:00.000Z"}\n');
  await door.setClock('1970-01-01T00:00:42Z');
  const observer = await watch(t, 'oneface/no-battery/#');
  const agent = door.start(t);
  const isFifth = ({ topic, payload }: Received) =>
    topic.endsWith('/events') && JSON.parse(payload).sequence === 5;
  await agent.meanwhile(observer.until(isFifth));
  await agent.meanwhile(observer.until(({ topic }) => topic.endsWith('/health')));
  t.is(await agent.stop(), 0, agent.log());
  for (const { time, timeQuality, sequence } of eventsOf(observer).slice(0, 5)) {
    t.is(year(time), 1970, String(sequence));
    t.is(timeQuality, 'unsynchronised');
  }
  t.regex(agent.log(), /the clock is behind the last good time .*lastGood="?2026-03-01/);
  t.is(await door.floor(), '2026-03-01T00:00:00.000Z', 'a wrong clock does not become the last good time');
});

test.serial(
  'an agent that starts in 1970 is not cut off by a certificate that is not yet valid there',
  async (t) => {
    const door = await device(t, 'tls');
    await door.configure({
      mqtt: { url: `mqtts://127.0.0.1:${tlsPort}`, tls: { ca: authority.ca, serverName: 'broker.test' } },
    });
    await writeFile(door.floorFile, JSON.stringify({ lastGood: new Date().toISOString() }));
    await door.setClock('1970-01-01T00:00:42Z');
    const observer = await watch(t, 'oneface/tls/events');
    const agent = door.start(t);
    await agent.meanwhile(observer.until(({ payload }) => JSON.parse(payload).sequence === 3));
    t.is(await agent.stop(), 0, agent.log());
    t.is(year(eventsOf(observer)[0]?.time ?? ''), 1970);
  },
);

test.serial(
  'events stay in order, without a gap and at the same pace, while the clock jumps forward and back',
  async (t) => {
    const door = await device(t, 'jumping');
    await door.setClock('2026-06-01T00:00:00Z');
    const observer = await watch(t, 'oneface/jumping/#');
    const agent = door.start(t);
    await agent.meanwhile(untilYear(observer, 2026));
    await door.setClock('2056-06-01T00:00:00Z');
    await agent.meanwhile(untilYear(observer, 2056));
    await door.setClock('1995-06-01T00:00:00Z');
    await agent.meanwhile(untilYear(observer, 1995));
    const seen = eventsOf(observer).length;
    await agent.meanwhile(observer.until(() => eventsOf(observer).length >= seen + 10));
    t.is(await agent.stop(), 0, agent.log());
    const events = eventsOf(observer);
    t.deepEqual(
      events.map(({ sequence }) => sequence),
      events.map((_, index) => index + 1),
    );
    t.is(new Set(events.map(({ boot, log }) => `${boot} ${log.id}`)).size, 1);
    t.deepEqual([...new Set(events.map(({ time }) => year(time)))], [2026, 2056, 1995]);
    t.true(events.every(({ timeQuality, time }) => year(time) === 2026 || timeQuality === 'unsynchronised'));
    t.true(events.every(({ timings }) => timings.decode < 60_000 && timings.find < 60_000));
    t.regex(agent.log(), /warn {2}the clock jumped seconds=9467\d{5}/);
    t.regex(agent.log(), /warn {2}the clock jumped seconds=-19250\d{5}/);
    t.notRegex(agent.log(), /camera is in trouble|stuck|dropped=[1-9]|connection to broker lost/);
  },
);

test.serial(
  'nothing that waits is dropped by age because the clock jumped by decades over a restart',
  async (t) => {
    const door = await device(t, 'waiting');
    await door.configure({
      mqtt: { url: `mqtt://127.0.0.1:${await freePort()}` },
      frames: { perSecond: 50, idlePerSecond: 50, limit: 20 },
    });
    await door.setClock('1970-01-01T00:00:42Z');
    const offline = door.start(t);
    await offline.ended;
    t.regex(offline.log(), /messages=\d+ keptForTheNextStart=true/);

    await door.configure({ frames: { perSecond: 50, idlePerSecond: 50, limit: 5 } });
    await door.setClock('2056-06-01T00:00:00Z');
    const observer = await watch(t, 'oneface/waiting/events');
    const online = door.start(t);
    await observer.until(({ payload }) => JSON.parse(payload).sequence === 25);
    await online.stop();
    t.deepEqual(
      eventsOf(observer).map(({ sequence, time }) => [sequence, year(time)]),
      Array.from({ length: 25 }, (_, index) => [index + 1, index < 20 ? 1970 : 2056]),
      online.log(),
    );
  },
);
