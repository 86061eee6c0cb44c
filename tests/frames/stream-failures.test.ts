import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { InputError } from '@oneface/common/errors/errors';
import { CameraError } from '@oneface/edge/frames/camera-error';
import type { StreamSourceOptions } from '@oneface/edge/frames/source-options';
import { ProgramError } from '@oneface/edge/processes/program-error';
import test from 'ava';
import { temporaryFolder } from '../support/temporary-folder.js';
import { open, openIn } from './support/open-stream.js';
import { childCommandLines, endsSoon, until } from './support/processes.js';
import { keptLog, noSleep } from './support/source-deps.js';
import { drawnStream, RPICAM_VID, standIns } from './support/stand-ins.js';

/** A signal that nobody aborts. */
const never = () => new AbortController().signal;

test('a program that dies is started again with pauses that grow to a minute, and its last words are kept', async (t) => {
  const { sleep, pauses } = noSleep();
  const { lines, log } = keptLog();
  const { env } = standIns({
    ffmpeg: 'yes "more and more words" | head -c 200000 >&2; echo "the last word" >&2; exit 3',
  });
  const source = openIn(t, {}, { sleep, random: () => 1, env, log });
  await t.throwsAsync(source.next(never()), {
    instanceOf: CameraError,
    message: 'ffmpeg ended with TEST:: the last word',
  });
  await until(() => pauses.length >= 5);
  await source.close();
  t.deepEqual(pauses.slice(0, 5), [3000, 9000, 27_000, 60_000, 60_000]);
  t.true(source.counts.restarts >= 4);
  t.deepEqual(
    lines.slice(0, 2).map(({ message }) => message),
    ['the camera ended', 'the camera is started again'],
  );
  t.is(await source.next(never()), undefined);
});

test('frames go on after a program that died', async (t) => {
  const { sleep } = noSleep();
  const { env } = standIns({
    ffmpeg: `exec ${drawnStream('64x48', 20, '-frames:v 2').replace('ffmpeg', '/usr/bin/ffmpeg')}`,
  });
  const source = openIn(t, {}, { sleep, env });
  let frames = 0;
  while (source.counts.restarts < 2) {
    try {
      await source.next(never());
      frames += 1;
    } catch (error) {
      t.true(error instanceof CameraError);
    }
  }
  t.true(frames >= 2);
});

test('a program that hangs is killed with all that it started, and started again', async (t) => {
  const { sleep } = noSleep();
  const folder = await temporaryFolder(t);
  const { env } = standIns({
    ffmpeg: `trap "" TERM; sleep 60 & echo $! >> ${folder}/ids; while :; do sleep 60; done`,
  });
  const source = openIn(t, { stallSeconds: 2 }, { sleep, env });
  await t.throwsAsync(source.next(never()), {
    instanceOf: CameraError,
    message: 'ffmpeg TEST: gave no frame for 2 s',
  });
  await until(() => source.counts.restarts >= 1);
  const [id] = (await readFile(join(folder, 'ids'), 'utf8')).split('\n');
  t.true(await endsSoon(id));
});

test('a program blocked in open() ends with the source', async (t) => {
  const pipe = join(await temporaryFolder(t), 'pipe.mjpeg');
  await promisify(execFile)('mkfifo', [pipe]);
  const source = openIn(t, { device: `FILE:${pipe}` });
  await until(async () => (await childCommandLines()).some((line) => line.includes(pipe)));
  await source.close();
  t.false((await childCommandLines()).some((line) => line.includes(pipe)));
});

for (const program of ['ffmpeg', 'v4l2-ctl'] as const) {
  test(`${program} says that there is no camera, or none that it can open`, async (t) => {
    const absent = openIn(t, { program, device: '/dev/video999' });
    const error = await t.throwsAsync(absent.next(never()), {
      instanceOf: CameraError,
      message: new RegExp(`^${program} ended with /dev/video999: .*(No such file|Cannot open device)`),
    });
    t.is(error.trouble, 'no-device');
  });
}

test('rpicam-vid says that there is no camera', async (t) => {
  const absent = openIn(
    t,
    { program: 'rpicam-vid', device: '1' },
    { env: standIns({ 'rpicam-vid': RPICAM_VID }).env },
  );
  const error = await t.throwsAsync(absent.next(never()), { message: /\*\*\* no cameras available \*\*\*/ });
  t.is((error as CameraError).trouble, 'no-device');
});

test('a program that is not installed is an error, and is tried again', async (t) => {
  const { sleep } = noSleep();
  const source = openIn(
    t,
    { program: 'rpicam-vid', device: '0' },
    { sleep, env: { PATH: await temporaryFolder(t) } },
  );
  const error = await t.throwsAsync(source.next(never()), { instanceOf: ProgramError });
  t.is(error.message, 'rpicam-vid is not installed');
  await until(() => source.counts.restarts >= 2);
});

test('a camera module that gives raw Bayer data is named as such, with the program that can read it', async (t) => {
  const root = await temporaryFolder(t);
  await mkdir(join(root, 'dev'));
  await mkdir(join(root, 'sys/class/video4linux/video0'), { recursive: true });
  await writeFile(join(root, 'dev/video0'), '');
  await writeFile(join(root, 'sys/class/video4linux/video0/name'), 'rp1-cfe-csi2_ch0\n');
  const { env } = standIns({ ffmpeg: 'echo "/dev/video0: Invalid argument" >&2; exit 1' });
  const source = openIn(t, { device: '/dev/video0' }, { env, root });
  await t.throwsAsync(source.next(never()), {
    message: /Invalid argument; it is a camera module that gives raw sensor data: .*rpicam-vid/,
  });
});

test('a source that is closed at once, or while its program starts, leaves nothing', async (t) => {
  const device = `FILE:${await temporaryFolder(t)}/closed-at-once.mjpeg`;
  for (const pause of [0, 1, 2, 5, 10, 20]) {
    const source = openIn(t, { device });
    if (pause > 0) await delay(pause);
    await source.close();
    t.false((await childCommandLines()).some((line) => line.includes('closed-at-once')));
  }
});

test('a device that the program cannot open is refused', (t) => {
  for (const [program, device] of [
    ['v4l2-ctl', 'TEST:'],
    ['v4l2-ctl', 'FILE:/a.mjpeg'],
    ['v4l2-ctl', '0'],
    ['rpicam-vid', '/dev/video0'],
    ['rpicam-vid', 'FILE:/a.mjpeg'],
    ['ffmpeg', '0'],
  ] as const) {
    t.throws(() => open({ program, device }), {
      instanceOf: InputError,
      message: new RegExp(`for the camera of ${program} but received`),
    });
  }
});

for (const wrong of [
  { device: '/dev/video0 -f null' },
  { device: '-i' },
  { device: 'FILE:relative' },
  { device: 'FILE:/a|b' },
  { device: 'FILE:/%d.jpg' },
  { device: 'TEST:x' },
  { device: 'http://camera' },
  { device: '10' },
  { program: 'sh' },
  { perSecond: 0 },
  { perSecond: 2.5 },
  { width: 0 },
  { stallSeconds: 0 },
  { extra: 1 },
]) {
  test(`the option ${JSON.stringify(wrong)} is refused`, (t) => {
    t.throws(() => open(wrong as Partial<StreamSourceOptions>), { instanceOf: InputError });
  });
}
