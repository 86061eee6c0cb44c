import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { UnavailableError } from '@oneface/common/errors/errors';
import { CameraError } from '@oneface/edge/frames/camera-error';
import { ProgramError } from '@oneface/edge/processes/program-error';
import test from 'ava';
import sharp from 'sharp';
import { temporaryFolder } from '../support/temporary-folder.js';
import { testFrameSource } from './contract.js';
import { openFswebcam } from './support/open-fswebcam.js';
import { drawnJpeg } from './support/pictures.js';
import { childIds, childProcesses, until } from './support/processes.js';
import { noSleep } from './support/source-deps.js';
import { failingStandIns, standIns } from './support/stand-ins.js';

/** A signal that nobody aborts. */
const never = () => new AbortController().signal;

const shotFolder = await mkdtemp(join(tmpdir(), 'oneface-test-'));
test.after.always(() => rm(shotFolder, { recursive: true }));

const open: typeof openFswebcam = (options, deps) =>
  openFswebcam(options, { shotFolders: [shotFolder], ...deps });

testFrameSource('fswebcam', {
  open: async (now) => open({}, { clock: { now, monotonic: now } }),
  frames: undefined,
  leftFiles: () => readdir(shotFolder),
  openFailing: async () => {
    const { env, mend } = failingStandIns({ fswebcam: 'exec /usr/bin/fswebcam "$@"' });
    return { opened: open({}, { env }), mend };
  },
});

test.serial(
  'blocked in open() fswebcam ignores SIGTERM: it is killed at its deadline, and the next shot works',
  async (t) => {
    const folder = await temporaryFolder(t);
    const pipe = await fifo(folder);
    const hung = open({ device: `FILE:${pipe}`, deadlineSeconds: 4 });
    const awaited = t.throwsAsync(hung.next(never()), { instanceOf: ProgramError });
    await until(async () => (await childProcesses()).includes('fswebcam'));
    const [id] = await childIds(process.pid);
    await until(() => catches(id, 'SIGTERM'));
    process.kill(Number(id), 'SIGTERM');
    await delay(200);
    t.deepEqual(await childProcesses(), ['fswebcam'], 'SIGTERM does nothing');
    t.is((await awaited)?.failure, 'deadline');
    t.deepEqual(await childProcesses(), []);
    t.deepEqual(await readdir(shotFolder), []);

    await rm(pipe);
    await writeFile(pipe, await drawnJpeg());
    t.not(await hung.next(never()), undefined);
    t.is(hung.counts.restarts, 1);
  },
);

test.serial('closing the source kills a hung fswebcam at once', async (t) => {
  const hung = open({ device: `FILE:${await fifo(await temporaryFolder(t))}` });
  const awaited = hung.next(never());
  await until(async () => (await childProcesses()).includes('fswebcam'));
  await hung.close();
  t.deepEqual(await childProcesses(), []);
  t.is(await awaited, undefined);
});

test('the picture has the size that was asked for and shows the file that stands for the camera', async (t) => {
  const folder = await temporaryFolder(t);
  const file = join(folder, 'visitor+1@home.jpg');
  await writeFile(file, await drawnJpeg());
  const source = open({ device: `FILE:${file}`, skip: 2 });
  const frame = await source.next(never());
  if (frame === undefined) return t.fail('no frame');
  const { data, info } = await sharp(frame.bytes).raw().toBuffer({ resolveWithObject: true });
  t.deepEqual([info.width, info.height], [64, 48]);
  t.true(data[0] > 200 && data[1] < 60 && data[2] < 60, 'it is red');
  t.is(frame.name, `fswebcam FILE:${file} #1`);
});

test('fswebcam expands % signs of its output path, so its shots have a fixed name without any', async (t) => {
  const folder = join(await temporaryFolder(t), '%H %d');
  await mkdir(folder);
  t.not(await open({}, { shotFolders: [folder] }).next(never()), undefined);
  t.deepEqual(await readdir(folder), []);
});

test('shots lie in a folder that nobody else may enter', async (t) => {
  const shots = await temporaryFolder(t);
  const hung = open({ device: `FILE:${await fifo(shots)}` }, { shotFolders: [join(shots, 'absent'), shots] });
  const awaited = hung.next(never());
  const folders = async () => (await readdir(shots)).filter((name) => name.startsWith('oneface-frame-'));
  await until(async () => (await folders()).length > 0);
  t.is((await stat(join(shots, (await folders())[0]))).mode & 0o777, 0o700);
  await hung.close();
  await awaited;
});

test('no folder for the shots is a clear error', async (t) => {
  const folder = await temporaryFolder(t);
  await t.throwsAsync(open({}, { shotFolders: [join(folder, 'absent')] }).next(never()), {
    instanceOf: UnavailableError,
    message: /No temporary folder/,
  });
});

for (const { title, device, message } of [
  { title: 'no camera', device: '/dev/video999', message: /No such file or directory/ },
  { title: 'no file', device: 'FILE:/nowhere/at/all.jpg', message: /Error accessing file/ },
  { title: 'a device that is no V4L2 camera', device: 'FILE:/dev/null', message: /from FILE:\/dev\/null: ./ },
]) {
  test(`fswebcam reports success for ${title}, but it is an error and may be tried again`, async (t) => {
    const source = open({ device });
    for (let i = 0; i < 2; i++) {
      await t.throwsAsync(source.next(never()), { instanceOf: CameraError, message });
    }
    t.is(source.counts.restarts, 1);
  });
}

for (const { title, script } of [
  { title: 'of a picture that is cut off', script: 'head -c 200 "$PICTURE" > shot.jpg' },
  { title: 'of an empty file', script: ': > shot.jpg' },
  { title: 'of a file that is no picture', script: 'echo "no picture" > shot.jpg' },
  { title: 'without a file', script: 'exit 0' },
]) {
  test(`success ${title} is an error: a shot is judged by its bytes`, async (t) => {
    const folder = await temporaryFolder(t);
    await writeFile(join(folder, 'picture.jpg'), await drawnJpeg());
    const { env } = standIns({ fswebcam: `PICTURE=${join(folder, 'picture.jpg')}\n${script}` });
    await t.throwsAsync(open({}, { env }).next(never()), {
      instanceOf: CameraError,
      message: /^fswebcam gave no picture from TEST:: it said nothing and ended with 0$/,
    });
  });
}

test('while shots fail the pauses between them grow to a minute, and after one good shot they are short', async (t) => {
  const folder = await temporaryFolder(t);
  const { sleep, pauses } = noSleep();
  const file = join(folder, 'picture.jpg');
  const source = open({ device: `FILE:${file}` }, { sleep, random: () => 1 });
  for (let i = 0; i < 6; i++) await t.throwsAsync(source.next(never()), { instanceOf: CameraError });
  t.deepEqual(pauses, [3000, 9000, 27_000, 60_000, 60_000]);
  await writeFile(file, await drawnJpeg());
  await source.next(never());
  await source.next(never());
  t.is(pauses.length, 6, 'no pause after a good shot');
  await rm(file);
  for (let i = 0; i < 2; i++) await t.throwsAsync(source.next(never()), { instanceOf: CameraError });
  t.is(pauses.at(-1), 3000);
  t.is(source.counts.restarts, 7);
});

/** Whether a process has come so far as to handle a signal. */
async function catches(id: string, signal: NodeJS.Signals): Promise<boolean> {
  const status = await readFile(`/proc/${id}/status`, 'utf8');
  const mask = BigInt(`0x${/^SigCgt:\s+(\w+)$/m.exec(status)?.[1]}`);
  return (mask & (1n << BigInt(constants.signals[signal] - 1))) !== 0n;
}

async function fifo(folder: string): Promise<string> {
  const pipe = join(folder, 'pipe.jpg');
  await promisify(execFile)('mkfifo', [pipe]);
  return pipe;
}
