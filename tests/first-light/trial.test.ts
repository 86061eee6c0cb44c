import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import sharp from 'sharp';
import { facePicture, writeColorBundle } from '../agent/color-bundle.js';
import { loadModule } from '../setup/scripts.js';
import { projectFile } from '../support/paths.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const load = <Module>(name: string) => loadModule<Module>(`deploy/first-light/dist/${name}.js`);
const { startBroker } = await load<typeof import('../../deploy/first-light/broker.js')>('broker');
const { readOptions } = await load<typeof import('../../deploy/first-light/options.js')>('options');
const { runProgram } = await load<typeof import('../../deploy/first-light/program.js')>('program');
const { subscribe } = await load<typeof import('../../deploy/first-light/subscriber.js')>('subscriber');
const { writeAgentConfig, writeSheet } =
  await load<typeof import('../../deploy/first-light/trial.js')>('trial');

const AGENT = projectFile('src/edge/dist/main.js');

test('the sheet shows each event over its own frame, whatever else lies in the folder', async (t) => {
  const folder = await temporaryFolder(t);
  const frames = join(folder, 'frames');
  await mkdir(frames);
  const { data, ...size } = facePicture(240, 200, 160);
  const face = sharp(data, { raw: { ...size, channels: 3 } });
  const empty = sharp({ create: { width: 120, height: 200, channels: 3, background: '#181a20' } });
  await writeFile(join(frames, '1 notes.jpg'), 'no picture');
  await empty.png().toFile(join(frames, '2.png'));
  await writeFile(join(frames, '3.jpg'), (await face.jpeg().toBuffer()).subarray(0, 900));
  await writeFile(join(frames, '10 without ending'), await face.png().toBuffer());

  const { bundle, key } = await writeColorBundle(folder);
  const broker = await startBroker();
  const seen: string[] = [];
  const subscriber = await subscribe(broker.url, ({ kind }) => seen.push(kind));
  const trial = { device: 'door', frames };
  const config = await writeAgentConfig(folder, trial, { bundle, trustedKey: key, broker: broker.url });
  await runProgram(AGENT, ['run', '--config', config]);
  const events = await subscriber.eventsOf(trial.device);
  await subscriber.close();
  await broker.close();
  t.deepEqual(
    events.map(({ kind, frame }) => [kind, frame.number, frame.width]),
    [
      ['no-face', 1, 120],
      ['face', 2, 240],
    ],
  );
  t.deepEqual(seen, ['no-face', 'face']);

  const sheet = await writeSheet(folder, trial, events);
  t.is(sheet, join(folder, 'door.png'));
  const drawn = await sharp(await readFile(sheet as string))
    .raw()
    .toBuffer({ resolveWithObject: true });
  // Two cells as large as the larger frame in each direction, with margins of four pixels.
  t.deepEqual([drawn.info.width, drawn.info.height], [2 * 484 + 4, 480 + 8]);
  const magenta = [255, 0, 255];
  const marks: number[] = [];
  for (let at = 0; at < drawn.data.length; at += 3) {
    if (magenta.every((value, channel) => drawn.data[at + channel] === value)) {
      marks.push((at / 3) % drawn.info.width);
    }
  }
  t.is(marks.length, 3 * 4 * 4, 'eyes and mouth');
  t.true(marks.every((x) => x > 488));
});

test('a folder of many frames still makes a sheet, and one without events none', async (t) => {
  const folder = await temporaryFolder(t);
  const frames = join(folder, 'frames');
  await mkdir(frames);
  const tall = await sharp({ create: { width: 8, height: 400, channels: 3, background: 'red' } })
    .png()
    .toBuffer();
  for (let frame = 1; frame <= 120; frame++) await writeFile(join(frames, `${frame}.png`), tall);
  const example = JSON.parse(await readFile(projectFile('deploy/docs/example-event.json'), 'utf8'));
  const { kind: _, face: __, ...head } = example;
  const events = Array.from({ length: 120 }, (_, index) => ({
    ...head,
    kind: 'no-face',
    reason: 'nothing-found',
    frame: { number: index + 1, width: 8, height: 400 },
  }));
  const trial = { device: 'door', frames };
  const sheet = await writeSheet(folder, trial, events);
  t.true((await sharp(sheet).metadata()).height < 16_384);
  t.is(await writeSheet(folder, trial, []), undefined);
});

test('a program that fails is an error', async (t) => {
  await t.throwsAsync(runProgram(AGENT, ['run', '--config', '/dev/null']), {
    message: 'run ended with status 2',
  });
});

test('frames that are no folder are refused', (t) => {
  t.deepEqual(readOptions(['--frames', '.']), { help: false, frames: [process.cwd()] });
  for (const path of ['/dev/null', '/nonexistent']) {
    t.throws(() => readOptions(['--frames', path]), {
      message: `Expected a folder of pictures for --frames but received "${path}"`,
    });
  }
  t.throws(() => readOptions(['--speed', '9']), {
    message: /^Expected --frames DIR or --help for npm start/,
  });
});
