import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseEvent } from '@oneface/common/events/parse';
import { decodeFrame } from '@oneface/edge/images/decode-frame';
import { randomAt } from '@oneface/trainer/random/seeded-random';
import test from 'ava';
import sharp from 'sharp';
import { startAedes } from '../mqtt/support/brokers.js';
import { observe } from '../mqtt/support/observer.js';
import { projectFile } from '../support/paths.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { facePicture, writeColorBundle } from './color-bundle.js';
import { findPictureBytes } from './picture-bytes-detector.js';
import { runProgram } from './program.js';
import { startRecordingProxy } from './recording-proxy.js';

/** A drawn face, which the test's model finds, and a generated portrait, each as JPEG and PNG. */
async function writeFrames(folder: string): Promise<string[]> {
  const drawn = facePicture(200, 160, 130, 8);
  // Grain, as every camera has it: no two pieces of the picture are alike.
  const random = randomAt(1, 'grain');
  const grainy = drawn.data.map((value) => Math.min(255, Math.max(0, value + Math.floor(random() * 9) - 4)));
  const frame = sharp(grainy, { raw: { width: 200, height: 160, channels: 3 } });
  const { samples } = JSON.parse(await readFile(projectFile('models/labels/index.json'), 'utf8'));
  const person = sharp(projectFile(`models/labels/${samples[0].picture}`));
  await frame.clone().png().toFile(join(folder, '1.png'));
  await frame.clone().jpeg({ quality: 95 }).toFile(join(folder, '2.jpg'));
  await person.clone().png().toFile(join(folder, '3.png'));
  await person.clone().jpeg().toFile(join(folder, '4.jpg'));
  return ['1.png', '2.jpg', '3.png', '4.jpg'].map((name) => join(folder, name));
}

test('nothing that the agent publishes holds a piece of a picture', async (t) => {
  const folder = await temporaryFolder(t);
  const frames = join(folder, 'frames');
  await mkdir(frames);
  const files = await writeFrames(frames);
  const { bundle, key } = await writeColorBundle(folder);
  const broker = await startAedes();
  const proxy = await startRecordingProxy(broker.port);
  const observer = await observe(broker.port, '#');
  const config = join(folder, 'config.json');
  await writeFile(
    config,
    JSON.stringify({
      device: 'door-1',
      source: { kind: 'folder', path: frames },
      bundle,
      trustedKeys: [key],
      mqtt: { url: `mqtt://127.0.0.1:${proxy.port}`, version: 4 },
      frames: { perSecond: 100 },
      report: { mode: 'frames' },
      health: { port: false },
      log: { level: 'debug' },
    }),
  );
  const ended = await runProgram(t, 'run', '--config', config);
  t.is(ended.code, 0, ended.stderr);

  const events = observer.received
    .filter(({ topic }) => topic.endsWith('/events'))
    .map(({ payload }) => parseEvent(payload));
  t.deepEqual(events.map(({ kind }) => kind).slice(0, 2), ['face', 'face']);
  t.is(events.length, files.length);

  const pictures: Uint8Array[] = [];
  for (const file of files) {
    const bytes = await readFile(file);
    pictures.push(bytes, (await decodeFrame(bytes, file)).data);
  }
  const published = proxy.sent();
  t.true(published.length > 4000);
  t.deepEqual(findPictureBytes(published, pictures), []);
  t.deepEqual(findPictureBytes(Buffer.from(ended.stderr), pictures), []);

  await observer.close();
  await proxy.stop();
  await broker.stop();
});

test('the search finds a piece of a picture in every form, wherever it stands', (t) => {
  const random = randomAt(2, 'picture');
  const picture = Uint8Array.from({ length: 500 }, () => Math.floor(random() * 256));
  for (const start of [0, 100, 101, 102, 440]) {
    const piece = Buffer.from(picture.subarray(start, start + 60));
    const forms = {
      'raw bytes': piece,
      base64: piece.toString('base64'),
      base64url: piece.toString('base64url'),
      hex: piece.toString('hex'),
      HEX: piece.toString('hex').toUpperCase(),
      'a JSON list': JSON.stringify([...piece]),
    };
    for (const [name, text] of Object.entries(forms)) {
      const published = Buffer.concat([Buffer.from('{"x":"'), Buffer.from(text), Buffer.from('"}')]);
      t.true(findPictureBytes(published, [picture]).includes(`picture 0 as ${name}`), `${name} at ${start}`);
    }
  }
  t.deepEqual(findPictureBytes(Buffer.from('{"area":12.5}'), [picture]), []);
  const jpeg = Uint8Array.of(0xff, 0xd8, 0xff, 0xe0);
  t.deepEqual(findPictureBytes(jpeg, []), ['JPEG']);
  t.deepEqual(findPictureBytes(Buffer.from(Buffer.from(jpeg).toString('base64')), []), ['JPEG in base64']);
});
