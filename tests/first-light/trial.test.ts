import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import sharp from 'sharp';
import { facePicture, writeColorBundle } from '../agent/color-bundle.js';
import { loadModule, runScript } from '../setup/scripts.js';
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
  const drawn = await sharp(await readFile(sheet))
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

test('a folder of many frames still makes a sheet, and one without events is an error', async (t) => {
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
  await t.throwsAsync(writeSheet(folder, trial, []), {
    message: `Expected an event for the pictures in ${frames} but received nothing`,
  });
});

test('a program that fails is an error', async (t) => {
  await t.throwsAsync(runProgram(AGENT, ['run', '--config', '/dev/null']), {
    message: 'run ended with status 2',
  });
});

test('frames that are no folder are refused', async (t) => {
  for (const path of ['/dev/null', '/nonexistent']) {
    await t.throwsAsync(readOptions(['--frames', path]), {
      message: `Expected a folder of pictures for --frames but received "${path}"`,
    });
  }
  await t.throwsAsync(readOptions(['--speed', '9']), {
    message: /^Expected --frames DIR or --help for npm start/,
  });
});

test('a folder needs one picture that can be decoded', async (t) => {
  const folder = await temporaryFolder(t);
  const picture = await sharp({ create: { width: 64, height: 64, channels: 3, background: 'red' } })
    .png()
    .toBuffer();
  const undecodable = Buffer.from(picture);
  undecodable.fill(0, 60, 70);
  const message = `Expected a folder with a whole JPEG or PNG picture in it for --frames but received "${folder}"`;
  const refused = () => t.throwsAsync(readOptions(['--frames', folder]), { message });
  await refused();
  await mkdir(join(folder, 'folder.png'));
  await symlink(join(folder, 'folder.png'), join(folder, 'link.png'));
  await symlink('/nonexistent', join(folder, 'dead link.png'));
  await writeFile(join(folder, 'notes.txt'), 'no picture');
  await writeFile(join(folder, '.hidden.png'), picture);
  await writeFile(join(folder, 'cut off.png'), picture.subarray(0, -20));
  await writeFile(join(folder, 'spoilt.png'), undecodable);
  await refused();
  await writeFile(join(folder, 'without ending'), picture);
  t.deepEqual(await readOptions(['--frames', folder]), { help: false, frames: [folder] });
});

test('a folder without a picture ends the program before it trains', async (t) => {
  const root = await temporaryFolder(t);
  const program = join(root, 'deploy/first-light/dist');
  await cp(projectFile('deploy/first-light/dist'), program, { recursive: true });
  await writeFile(join(root, 'package.json'), '{ "type": "module" }');
  await symlink(projectFile('node_modules'), join(root, 'node_modules'));
  const frames = join(root, 'frames');
  await mkdir(frames);
  await writeFile(join(frames, 'notes.txt'), 'no picture');
  const { code, output } = await runScript(join(program, 'main.js'), ['--frames', frames]);
  const complaint = 'Expected a folder with a whole JPEG or PNG picture in it for --frames';
  t.is(output, `${complaint} but received "${frames}"\n`);
  t.is(code, 1);
});
