import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { UnavailableError } from '@oneface/common/errors/errors';
import type { StreamSourceOptions } from '@oneface/edge/frames/source-options';
import test, { type ExecutionContext } from 'ava';
import sharp from 'sharp';
import { temporaryFolder } from '../support/temporary-folder.js';
import { testFrameSource } from './contract.js';
import { open, openIn } from './support/open-stream.js';
import { drawnJpeg, drawRecording, withoutHuffmanTables } from './support/pictures.js';
import { until } from './support/processes.js';
import { shortSleep } from './support/source-deps.js';
import { failingStandIns, RPICAM_VID, standIns } from './support/stand-ins.js';

/** A signal that nobody aborts. */
const never = () => new AbortController().signal;

const recordings = await mkdtemp(join(tmpdir(), 'oneface-test-'));
test.after.always(() => rm(recordings, { recursive: true }));
const recording = drawRecording(recordings, 6);
const video = drawRecording(recordings, 10, 'video.mp4');

const scripts = { ffmpeg: 'exec /usr/bin/ffmpeg "$@"', 'rpicam-vid': RPICAM_VID };
const cameras = standIns({ 'rpicam-vid': RPICAM_VID });
for (const [title, options] of Object.entries<Partial<StreamSourceOptions>>({
  'an ffmpeg test picture': {},
  'an ffmpeg replay of a recording': { device: `FILE:${recording}` },
  'an ffmpeg replay of a video': { device: `FILE:${video}` },
  'rpicam-vid': { program: 'rpicam-vid', device: '0' },
})) {
  testFrameSource(title, {
    open: async (now) =>
      open(options, { clock: { now, monotonic: () => performance.now() }, env: cameras.env }),
    frames: undefined,
    leftFiles: async () => [],
    openFailing: async () => {
      const { env, mend } = failingStandIns(scripts);
      return { opened: open(options, { env, sleep: shortSleep }), mend };
    },
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
