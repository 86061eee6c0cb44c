import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { InputError, UnavailableError } from '@oneface/common/errors/errors';
import { CameraError } from '@oneface/edge/frames/camera-error';
import type { StreamSourceOptions } from '@oneface/edge/frames/source-options';
import { createStreamSource } from '@oneface/edge/frames/stream-source';
import { ProgramError } from '@oneface/edge/processes/program-error';
import test, { type ExecutionContext } from 'ava';
import sharp from 'sharp';
import { temporaryFolder } from '../support/temporary-folder.js';
import { testFrameSource } from './contract.js';
import { drawnJpeg, drawRecording, withoutHuffmanTables } from './support/pictures.js';
import { childCommandLines, endsSoon, until } from './support/processes.js';
import { keptLog, noSleep, sourceDeps } from './support/source-deps.js';
import { drawnStream, RPICAM_VID, standIns, V4L2_CTL } from './support/stand-ins.js';

/** A signal that nobody aborts. */
const never = () => new AbortController().signal;
const OPTIONS: StreamSourceOptions = {
  kind: 'stream',
  program: 'ffmpeg',
  device: 'TEST:',
  width: 64,
  height: 48,
  perSecond: 20,
  stallSeconds: 60,
};

const recordings = await mkdtemp(join(tmpdir(), 'oneface-test-'));
test.after.always(() => rm(recordings, { recursive: true }));
const recording = drawRecording(recordings, 6);
const video = drawRecording(recordings, 10, 'video.mp4');

function open(options: Partial<StreamSourceOptions> = {}, deps: Parameters<typeof sourceDeps>[0] = {}) {
  return createStreamSource({ ...OPTIONS, ...options }, sourceDeps(deps));
}

/** Opens a source that is closed when the test ends, whichever way. */
function openIn(t: ExecutionContext, ...[options, deps]: Parameters<typeof open>) {
  const source = open(options, deps);
  t.teardown(() => source.close());
  return source;
}

const cameras = standIns({ 'rpicam-vid': RPICAM_VID, 'v4l2-ctl': V4L2_CTL });
for (const [title, options] of Object.entries<Partial<StreamSourceOptions>>({
  'an ffmpeg test picture': {},
  'an ffmpeg replay of a recording': { device: `FILE:${recording}` },
  'an ffmpeg replay of a video': { device: `FILE:${video}` },
  'v4l2-ctl': { program: 'v4l2-ctl', device: '/dev/video0' },
  'rpicam-vid': { program: 'rpicam-vid', device: '0' },
})) {
  testFrameSource(title, {
    open: async (now) =>
      open(options, { clock: { now, monotonic: () => performance.now() }, env: cameras.env }),
    frames: undefined,
    leftFiles: async () => [],
  });
}

test('a recording is replayed byte by byte, again and again', async (t) => {
  const bytes = await readFile(recording);
  const source = openIn(t, { device: `FILE:${recording}` });
  const seen = new Set<number>();
  for (let i = 0; i < 14; i++) {
    const frame = await source.next(never());
    const at = bytes.indexOf(frame?.bytes ?? 'none');
    t.not(at, -1, 'every frame stands in the file');
    seen.add(at);
  }
  t.is(seen.size, 6);
  t.true(source.replays);
});

test('a video is replayed again and again in the size and at the rate that are asked for', async (t) => {
  const source = openIn(t, { device: `FILE:${video}`, width: 32, height: 24, perSecond: 40 });
  const start = performance.now();
  for (let i = 0; i < 40; i++) {
    const frame = await source.next(never());
    const { width, height } = await sharp(frame?.bytes).metadata();
    t.deepEqual([width, height], [32, 24]);
  }
  t.true(performance.now() - start > 700, 'in real time');
});

test('a single picture is shown again and again', async (t) => {
  const file = join(await temporaryFolder(t), 'picture.png');
  await writeFile(
    file,
    await sharp(await drawnJpeg())
      .png()
      .toBuffer(),
  );
  const source = openIn(t, { device: `FILE:${file}` });
  for (let i = 0; i < 5; i++) {
    const { dominant } = await sharp((await source.next(never()))?.bytes).stats();
    t.true(dominant.r > 200 && dominant.g < 60, 'it is red');
  }
  t.is(source.counts.restarts, 0);
});

test('frames without Huffman tables, as USB cameras send them, can be read', async (t) => {
  const frames = await framesOf(t, await readFile(recording));
  const bare = frames.map(withoutHuffmanTables);
  t.true(bare[0].length < frames[0].length);
  const file = join(await temporaryFolder(t), 'bare.mjpeg');
  await writeFile(file, Buffer.concat(bare));
  const source = openIn(t, { device: `FILE:${file}` });
  const frame = await source.next(never());
  const index = bare.findIndex((bytes) => bytes.equals(frame?.bytes ?? new Uint8Array()));
  t.deepEqual(
    await sharp(frame?.bytes, { failOn: 'error' }).raw().toBuffer(),
    await sharp(frames[index]).raw().toBuffer(),
  );
});

test('only the newest frame is kept: those that it replaced are counted', async (t) => {
  let time = 0;
  const source = openIn(t, {}, { clock: { now: () => ++time, monotonic: () => performance.now() } });
  await until(() => source.counts.dropped >= 3);
  const { dropped } = source.counts;
  const frame = await source.next(never());
  t.is(frame?.capturedAt, dropped + 1);
  t.regex(frame?.name ?? '', new RegExp(`^ffmpeg TEST: #${dropped + 1}$`));
  t.is((await source.next(never()))?.capturedAt, dropped + 2, 'none is given twice');
});

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
  const absent = openIn(t, { program: 'rpicam-vid', device: '1' }, { env: cameras.env });
  const error = await t.throwsAsync(absent.next(never()), { message: /\*\*\* no cameras available \*\*\*/ });
  t.is((error as CameraError).trouble, 'no-device');
});

test('a program that is not installed is an error, and is tried again', async (t) => {
  const { sleep } = noSleep();
  const source = openIn(t, { program: 'rpicam-vid', device: '0' }, { sleep, env: { PATH: recordings } });
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

test('a source that is closed at once, or while its program starts, leaves nothing', async (t) => {
  const device = `FILE:${recordings}/closed-at-once.mjpeg`;
  for (const pause of [0, 1, 2, 5, 10, 20]) {
    const source = openIn(t, { device });
    if (pause > 0) await delay(pause);
    await source.close();
    t.false((await childCommandLines()).some((line) => line.includes('closed-at-once')));
  }
});

test('an aborted wait does not lose the next frame', async (t) => {
  const source = openIn(t);
  const controller = new AbortController();
  const awaited = source.next(controller.signal);
  controller.abort(new UnavailableError('enough'));
  await t.throwsAsync(awaited, { message: 'enough' });
  t.not(await source.next(never()), undefined);
});

/** The single pictures of a recording. */
async function framesOf(t: ExecutionContext, bytes: Buffer): Promise<Buffer[]> {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, 'all.mjpeg'), bytes);
  const copy = ['-f', 'mjpeg', '-i', join(folder, 'all.mjpeg'), '-c', 'copy', join(folder, '%d.jpg')];
  await promisify(execFile)('ffmpeg', ['-nostdin', '-loglevel', 'error', ...copy]);
  return Promise.all([1, 2, 3, 4, 5, 6].map((index) => readFile(join(folder, `${index}.jpg`))));
}
