import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CameraError } from '@oneface/edge/frames/camera-error';
import type { FrameSource } from '@oneface/edge/frames/frame-source';
import { openFrameSource } from '@oneface/edge/frames/open-frame-source';
import { unbuffered } from '@oneface/edge/frames/unbuffered';
import { ProgramError } from '@oneface/edge/processes/program-error';
import test, { type ExecutionContext } from 'ava';
import sharp from 'sharp';
import { frameInTheEnd, testFrameSource } from './contract.js';
import { DEVICE, FakeCamera } from './support/fake-camera.js';
import { drawnJpeg, withoutHuffmanTables } from './support/pictures.js';
import { shortSleep, sourceDeps } from './support/source-deps.js';
import { standIns } from './support/stand-ins.js';
import { watched } from './support/watched-camera.js';

/** A signal that nobody aborts. */
const never = () => new AbortController().signal;

const shotFolder = await mkdtemp(join(tmpdir(), 'oneface-test-'));
test.after.always(() => rm(shotFolder, { recursive: true }));

/** Another size than the camera has: it gives its own. */
const SIZE = { device: DEVICE, width: 64, height: 48 };
const STREAMS = ['ffmpeg', 'v4l2-ctl'] as const;
const SHOTS = ['fswebcam', 'node-webcam'] as const;
const PROGRAMS = [...STREAMS, ...SHOTS];
type Program = (typeof PROGRAMS)[number];

interface Choices {
  readonly now?: () => number;
  /** How long a program may give nothing. */
  readonly seconds?: number;
  readonly skip?: number;
}

/** Opens the camera with one of the real programs. */
function open(
  program: Program,
  camera: FakeCamera,
  { now = Date.now, seconds = 60, skip = 0 }: Choices = {},
) {
  const options =
    program === 'ffmpeg' || program === 'v4l2-ctl'
      ? ({ kind: 'stream', program, ...SIZE, perSecond: 20, stallSeconds: seconds } as const)
      : ({ kind: program, ...SIZE, skip, quality: 90, deadlineSeconds: seconds } as const);
  const clock = { now, monotonic: () => performance.now() };
  const deps = { env: camera.env, sleep: shortSleep, shotFolders: [shotFolder], clock };
  return openFrameSource(options, sourceDeps(deps));
}

/** The same for a source that is closed when the test ends, whichever way. */
async function openIn(t: ExecutionContext, ...args: Parameters<typeof open>): Promise<FrameSource> {
  const source = await open(...args);
  t.teardown(() => source.close());
  return source;
}

for (const program of PROGRAMS) {
  testFrameSource(`${program} with a camera`, {
    open: (now) => open(program, new FakeCamera(), { now }),
    frames: undefined,
    leftFiles: () => readdir(shotFolder),
    openFailing: async () => {
      const camera = new FakeCamera();
      camera.unplug();
      return { opened: await open(program, camera), mend: () => camera.plug() };
    },
  });

  test(`${program}: a camera that another program has is no-device, and one's own when that is done`, async (t) => {
    const camera = new FakeCamera();
    const other = await openIn(t, 'v4l2-ctl', camera);
    await other.next(never());
    const source = await openIn(t, program, camera);
    const error = await t.throwsAsync(source.next(never()), { instanceOf: CameraError });
    t.regex(error.message, /Device or resource busy|another program may have the camera/);
    t.is(error.trouble, 'no-device');
    await other.close();
    t.not(await frameInTheEnd(source), undefined);
  });

  test(`${program}: pictures without Huffman tables, as USB cameras send them, can be read`, async (t) => {
    // A decoder that finds no tables takes the standard ones.
    const standard = await sharp(await drawnJpeg(160, 120))
      .jpeg({ optimiseCoding: false })
      .toBuffer();
    const bare = withoutHuffmanTables(standard);
    const source = await openIn(t, program, new FakeCamera({ pictures: bare }));
    const { dominant } = await sharp((await source.next(never()))?.bytes, { failOn: 'error' }).stats();
    t.true(dominant.r > 200 && dominant.g < 60, 'it is red');
  });
}

for (const program of STREAMS) {
  test(`${program}: a camera that is unplugged while it streams is no-device, and gives frames when it is back`, async (t) => {
    const camera = new FakeCamera();
    const source = await openIn(t, program, camera);
    const { watch } = watched();
    t.not(await source.next(never()), undefined);
    camera.unplug();
    const error = await t.throwsAsync(failure(source), { instanceOf: CameraError });
    t.regex(error.message, new RegExp(`^${program} ended with ${DEVICE}: [^<]*No such device$`));
    watch.observeFailure(error);
    t.is(watch.state.state, 'no-device');
    camera.plug();
    t.not(await frameInTheEnd(source), undefined);
  });

  test(`${program}: a camera that stalls has its program killed, and is free for the next one`, async (t) => {
    const camera = new FakeCamera();
    camera.stall(3);
    const source = await openIn(t, program, camera, { seconds: 3 });
    const error = await t.throwsAsync(failure(source), { instanceOf: CameraError });
    t.is(error.message, `${program} ${DEVICE} gave no frame for 3 s`);
    await stalledUntilRecovered(t, camera, source, error);
  });

  test(`${program} gives each picture whole at once, not with the next one`, async (t) => {
    const camera = new FakeCamera();
    camera.stall(1);
    const source = await openIn(t, program, camera);
    t.is((await sharp((await source.next(never()))?.bytes).metadata()).width, 160);
  });
}

test('without stdbuf, or without the program, a command is as it was', async (t) => {
  const { folder } = standIns({ camera: '' });
  t.deepEqual(await unbuffered('camera', ['-x'], folder), { program: 'camera', args: ['-x'] });
  t.deepEqual(await unbuffered('no-camera', [], process.env.PATH), { program: 'no-camera', args: [] });
});

test('ffmpeg and v4l2-ctl need a camera that gives MJPEG, and say so', async (t) => {
  const camera = () => new FakeCamera({ format: 'YUYV' });
  for (const [program, message] of [
    ['ffmpeg', /: Invalid argument; it gives no MJPEG: use "kind": "fswebcam"$/],
    ['v4l2-ctl', / gave no frame for 6 s: none of the \d+ bytes that came are a whole JPEG picture$/],
  ] as const) {
    const source = await openIn(t, program, camera(), { seconds: 6 });
    const error = await t.throwsAsync(source.next(never()), { instanceOf: CameraError, message });
    t.is(error.trouble, 'no-frame');
  }
  for (const program of SHOTS) {
    const source = await openIn(t, program, camera());
    t.is((await sharp((await source.next(never()))?.bytes).metadata()).width, 160);
  }
});

for (const program of SHOTS) {
  test(`${program}: a camera that is unplugged during a shot is no-device, and gives frames when it is back`, async (t) => {
    const camera = new FakeCamera();
    const long = await openIn(t, program, camera, { skip: 100 });
    const shot = t.throwsAsync(long.next(never()), { instanceOf: CameraError, message: /No such device/ });
    await camera.used();
    camera.unplug();
    const { watch } = watched();
    watch.observeFailure(await shot);
    t.is(watch.state.state, 'no-device');
    camera.plug();
    t.not(await long.next(never()), undefined);
  });

  test(`${program}: a camera that stalls has its program killed, and is free for the next one`, async (t) => {
    const camera = new FakeCamera();
    camera.stall();
    const source = await openIn(t, program, camera, { seconds: 4 });
    const error = await t.throwsAsync(source.next(never()), { instanceOf: ProgramError });
    t.is(error.failure, 'deadline');
    await stalledUntilRecovered(t, camera, source, error);
  });
}

/** Shows that a failure is told as a stall, and that the source gives frames once the camera does again. */
async function stalledUntilRecovered(
  t: ExecutionContext,
  camera: FakeCamera,
  source: FrameSource,
  error: CameraError | ProgramError,
): Promise<void> {
  const { watch, after } = watched();
  watch.observeFailure(error);
  after(20_000);
  watch.check();
  t.is(watch.state.state, 'stalled');
  camera.recover();
  t.not(await frameInTheEnd(source), undefined);
}

/** Takes frames until one fails. */
async function failure(source: FrameSource): Promise<never> {
  for (;;) {
    if ((await source.next(never())) === undefined) throw new Error('The camera ended without a failure');
  }
}
