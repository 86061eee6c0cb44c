import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatPublicKey, privateKeyOf } from '@oneface/common/bundles/keys';
import { parseEvent, parseStatus } from '@oneface/common/events/parse';
import test, { type ExecutionContext } from 'ava';
import sharp from 'sharp';
import { freePort, startAedes, startMosquitto } from '../mqtt/support/brokers.js';
import { type Observer, observe } from '../mqtt/support/observer.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { facePicture, writeColorBundle } from './color-bundle.js';
import { runProgram, startProgram } from './program.js';

const shared = await mkdtemp(join(tmpdir(), 'oneface-run-'));
const files = await writeColorBundle(shared);
const frames = join(shared, 'frames');
await mkdir(frames);
for (const [index, roll] of [0, 10, -10].entries()) {
  const { data, width, height } = facePicture(240, 200, 160, roll);
  const picture = sharp(data, { raw: { width, height, channels: 3 } });
  await picture.png().toFile(join(frames, `${index}.png`));
}
const { data: gone } = await sharp({
  create: { width: 64, height: 64, channels: 3, background: '#181a20' },
})
  .jpeg()
  .toBuffer({ resolveWithObject: true });
await writeFile(join(frames, '3.jpg'), gone);

const aedes = await startAedes();
const mosquitto = await startMosquitto(await freePort());

test.after.always(async () => {
  await aedes.stop();
  await mosquitto.stop();
  await rm(shared, { recursive: true });
});

let devices = 0;

/** Writes a configuration for a device of its own. */
async function configure(t: ExecutionContext, port: number, version: 4 | 5, changes: object = {}) {
  const device = `door-${++devices}`;
  const config = join(await temporaryFolder(t), 'config.json');
  await writeFile(
    config,
    JSON.stringify({
      device,
      source: { kind: 'folder', path: frames },
      bundle: files.bundle,
      trustedKeys: [files.key],
      mqtt: { url: `mqtt://127.0.0.1:${port}`, version },
      frames: { perSecond: 50 },
      report: { mode: 'frames' },
      health: { port: false },
      ...changes,
    }),
  );
  return { device, config };
}

const eventsOf = ({ received }: Observer) =>
  received.filter(({ topic }) => topic.endsWith('/events')).map(({ payload }) => parseEvent(payload));
const statusesOf = ({ received }: Observer) =>
  received.filter(({ topic }) => topic.endsWith('/status')).map(({ payload }) => parseStatus(payload));

for (const [name, port, version] of [
  ['MQTT 3.1.1', aedes.port, 4],
  ['MQTT 5', mosquitto.port, 5],
] as const) {
  test.serial(`a folder of frames becomes events between birth and death, over ${name}`, async (t) => {
    const { device, config } = await configure(t, port, version);
    const observer = await observe(port, `oneface/${device}/#`, version);
    const ended = await runProgram(t, 'run', '--config', config);
    t.is(ended.code, 0, ended.stderr);
    t.is(ended.stdout, '');
    await observer.until(({ payload }) => payload.includes('offline'));
    t.deepEqual(
      observer.received.map(({ topic }) => topic.split('/').at(-1)).filter((channel) => channel !== 'health'),
      ['status', 'events', 'events', 'events', 'events', 'status'],
    );
    const events = eventsOf(observer);
    t.deepEqual(
      events.map(({ kind, sequence, frame }) => [kind, sequence, frame.number]),
      [
        ['face', 1, 1],
        ['face', 2, 2],
        ['face', 3, 3],
        ['no-face', 4, 4],
      ],
    );
    const [birth, death] = statusesOf(observer);
    t.like(birth, { state: 'online', session: 1, model: events[0].model.digest });
    t.like(death, { state: 'offline', session: 1, reason: 'stopped' });
    t.is(new Set([...events, birth, death].map(({ boot }) => boot)).size, 1);
    await observer.close();
  });
}

test.serial('SIGTERM ends the agent in order: the frame in work, death message, status 0', async (t) => {
  const source = { kind: 'folder', path: frames, repeat: true };
  const { device, config } = await configure(t, mosquitto.port, 5, { source });
  const observer = await observe(mosquitto.port, `oneface/${device}/#`, 5);
  const program = startProgram(t, 'run', '--config', config);
  await observer.until(
    ({ topic, payload }) => topic.endsWith('/events') && parseEvent(payload).sequence === 6,
  );
  program.child.kill('SIGTERM');
  const { code, stderr } = await program.ended;
  t.is(code, 0, stderr);
  await observer.until(({ payload }) => payload.includes('offline'));
  t.like(statusesOf(observer).at(-1), { state: 'offline', reason: 'stopped' });
  const sequences = eventsOf(observer).map(({ sequence }) => sequence);
  t.deepEqual(
    sequences,
    sequences.map((_, index) => index + 1),
  );
  await observer.close();
});

test.serial(
  'an agent that is killed is reported by its last will, and the next one has another boot id',
  async (t) => {
    const source = { kind: 'folder', path: frames, repeat: true };
    const { device, config } = await configure(t, mosquitto.port, 5, { source });
    const observer = await observe(mosquitto.port, `oneface/${device}/#`, 5);
    const program = startProgram(t, 'run', '--config', config);
    await observer.until(({ topic }) => topic.endsWith('/events'));
    program.child.kill('SIGKILL');
    await program.ended;
    await observer.until(({ payload }) => payload.includes('connection-lost'));
    const [birth, death] = statusesOf(observer);
    t.like(death, { state: 'offline', reason: 'connection-lost', boot: birth.boot, session: birth.session });

    await writeFile(config, (await readFile(config, 'utf8')).replace('"repeat":true', '"repeat":false'));
    t.is((await runProgram(t, 'run', '--config', config)).code, 0);
    await observer.until(({ payload }) => payload.includes('stopped'));
    t.not(statusesOf(observer).at(-1)?.boot, birth.boot);
    await observer.close();
  },
);

test.serial('frames that are damaged are logged and left out', async (t) => {
  const folder = await temporaryFolder(t);
  const jpeg = await sharp(join(frames, '0.png')).jpeg().toBuffer();
  const scan = jpeg.indexOf(Uint8Array.of(0xff, 0xda));
  // A whole file by its markers, whose Huffman tables say nothing that decodes.
  const damaged = Buffer.from(jpeg).fill(0, jpeg.indexOf(Uint8Array.of(0xff, 0xc4)) + 4, scan);
  await writeFile(join(folder, '1.jpg'), damaged);
  await writeFile(join(folder, '2.jpg'), jpeg.subarray(0, 500));
  const strip = sharp({ create: { width: 20_000, height: 9, channels: 3, background: 'red' } });
  await strip.png().toFile(join(folder, '2.png'));
  await writeFile(join(folder, '3.jpg'), jpeg);
  const source = { kind: 'folder', path: folder };
  const { device, config } = await configure(t, aedes.port, 4, { source });
  const observer = await observe(aedes.port, `oneface/${device}/events`);
  const { code, stderr } = await runProgram(t, 'run', '--config', config);
  t.is(code, 0, stderr);
  t.deepEqual(
    eventsOf(observer).map(({ sequence }) => sequence),
    [1],
  );
  t.regex(stderr, /warn .*1\.jpg/);
  t.regex(stderr, /warn .*2\.jpg/);
  t.regex(stderr, /warn .*width of 2\.png but received 20000/);
  await observer.close();
});

test.serial('the agent takes as many frames as the limit says', async (t) => {
  const { device, config } = await configure(t, aedes.port, 4, { frames: { perSecond: 50, limit: 2 } });
  const observer = await observe(aedes.port, `oneface/${device}/events`);
  t.is((await runProgram(t, 'run', '--config', config)).code, 0);
  t.is(eventsOf(observer).length, 2);
  await observer.close();
});

test.serial(
  'events that no broker took are kept and delivered by the next start, as historical',
  async (t) => {
    const port = await freePort();
    const { device, config } = await configure(t, port, 5);
    const away = await runProgram(t, 'run', '--config', config);
    t.is(away.code, 0, away.stderr);
    t.regex(away.stderr, /warn {2}broker not reached error=".*ECONNREFUSED/);
    t.regex(away.stderr, /messages could not be delivered messages=4 keptForTheNextStart=true/);

    const broker = await startMosquitto(port);
    const observer = await observe(port, `oneface/${device}/#`, 5);
    t.is((await runProgram(t, 'run', '--config', config)).code, 0);
    await observer.until(({ payload }) => payload.includes('offline'));
    const events = eventsOf(observer);
    t.deepEqual(
      events.map(({ sequence, historical }) => [sequence, historical ?? false]),
      [1, 2, 3, 4, 5, 6, 7, 8].map((sequence) => [sequence, sequence <= 4]),
    );
    t.is(new Set(events.map(({ log }) => log.id)).size, 1);
    t.is(new Set(events.map(({ boot }) => boot)).size, 2);
    await observer.close();
    await broker.stop();
  },
);

test.serial(
  'a bundle by a key that is not trusted ends with status 1 before anything is published',
  async (t) => {
    const stranger = join(await temporaryFolder(t), 'stranger.pem');
    await writeFile(stranger, formatPublicKey(privateKeyOf(new Uint8Array(32).fill(1)).publicKey));
    const { device, config } = await configure(t, aedes.port, 4, { trustedKeys: [stranger] });
    const observer = await observe(aedes.port, `oneface/${device}/#`);
    const { code, stderr } = await runProgram(t, 'run', '--config', config);
    t.is(code, 1);
    t.regex(stderr, /: Expected .*key.*$/m);
    t.deepEqual(observer.received, []);
    await observer.close();
  },
);

test.serial('a configuration with a mistake ends with status 2 and its place', async (t) => {
  const { config } = await configure(t, aedes.port, 4, { frames: { perSecond: 'fast' } });
  const { code, stderr } = await runProgram(t, 'run', '--config', config);
  t.is(code, 2);
  const complaint = 'Expected a number from 0.01 to 100 for config.frames.perSecond but received "fast"\n';
  t.is(stderr, complaint);
});
