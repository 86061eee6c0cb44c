import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { InputError, UnavailableError } from '@oneface/common/errors/errors';
import { createFswebcamSource } from '@oneface/edge/frames/fswebcam-source';
import type { FswebcamSourceOptions } from '@oneface/edge/frames/source-options';
import { ProgramError } from '@oneface/edge/processes/program-error';
import test, { type ExecutionContext } from 'ava';
import sharp from 'sharp';
import { childProcesses, testFrameSource } from './contract.js';

const never = new AbortController().signal;
const OPTIONS: FswebcamSourceOptions = {
  kind: 'fswebcam',
  device: 'TEST:',
  width: 64,
  height: 48,
  skip: 0,
  quality: 90,
  deadlineSeconds: 20,
};

const shotFolder = await mkdtemp(join(tmpdir(), 'oneface-test-'));
test.after.always(() => rm(shotFolder, { recursive: true }));

testFrameSource('fswebcam', {
  open: async (now) => createFswebcamSource(OPTIONS, { clock: { now }, shotFolders: [shotFolder] }),
  frames: undefined,
  leftFiles: () => readdir(shotFolder),
});

test.serial(
  'a hung fswebcam is killed at its deadline, leaves nothing, and the next shot works',
  async (t) => {
    const folder = await temporaryFolder(t);
    const pipe = join(folder, 'pipe.jpg');
    await promisify(execFile)('mkfifo', [pipe]);
    const hung = createFswebcamSource(
      { ...OPTIONS, device: `FILE:${pipe}`, deadlineSeconds: 1.5 },
      { clock: Date, shotFolders: [shotFolder] },
    );
    const error = await t.throwsAsync(hung.next(never), { instanceOf: ProgramError });
    t.is(error.failure, 'deadline');
    t.deepEqual(await childProcesses(), []);
    t.deepEqual(await readdir(shotFolder), []);

    await rm(pipe);
    await writeFile(pipe, await drawnJpeg());
    t.not(await hung.next(never), undefined);
  },
);

test.serial('closing the source kills a hung fswebcam at once', async (t) => {
  const folder = await temporaryFolder(t);
  const pipe = join(folder, 'pipe.jpg');
  await promisify(execFile)('mkfifo', [pipe]);
  const hung = createFswebcamSource({ ...OPTIONS, device: `FILE:${pipe}` }, { clock: Date });
  const awaited = hung.next(never);
  while (!(await childProcesses()).includes('fswebcam\n')) await new Promise((tick) => setTimeout(tick, 5));
  await hung.close();
  t.deepEqual(await childProcesses(), []);
  t.is(await awaited, undefined);
});

test('the picture has the size that was asked for and shows the file that stands for the camera', async (t) => {
  const folder = await temporaryFolder(t);
  const file = join(folder, 'visitor+1@home.jpg');
  await writeFile(file, await drawnJpeg());
  const source = createFswebcamSource({ ...OPTIONS, device: `FILE:${file}`, skip: 2 }, { clock: Date });
  const frame = await source.next(never);
  if (frame === undefined) return t.fail('no frame');
  const { data, info } = await sharp(frame.bytes).raw().toBuffer({ resolveWithObject: true });
  t.deepEqual([info.width, info.height], [64, 48]);
  t.true(data[0] > 200 && data[1] < 60 && data[2] < 60, 'it is red');
  t.is(frame.name, `FILE:${file} #1`);
});

test('shots lie in a folder that nobody else may enter', async (t) => {
  const folder = await temporaryFolder(t);
  const pipe = join(folder, 'pipe.jpg');
  await promisify(execFile)('mkfifo', [pipe]);
  const shots = await temporaryFolder(t);
  const hung = createFswebcamSource(
    { ...OPTIONS, device: `FILE:${pipe}` },
    { clock: Date, shotFolders: [join(shots, 'absent'), shots] },
  );
  const awaited = hung.next(never);
  let names = await readdir(shots);
  for (; names.length === 0; names = await readdir(shots)) await new Promise((tick) => setTimeout(tick, 5));
  t.is((await stat(join(shots, names[0]))).mode & 0o777, 0o700);
  await hung.close();
  await awaited;
});

test('no folder for the shots is a clear error', async (t) => {
  const folder = await temporaryFolder(t);
  const source = createFswebcamSource(OPTIONS, { clock: Date, shotFolders: [join(folder, 'absent')] });
  await t.throwsAsync(source.next(never), { instanceOf: UnavailableError, message: /No temporary folder/ });
});

for (const { title, device, message } of [
  { title: 'no such camera', device: '/dev/video999', message: /No such file or directory/ },
  { title: 'no such file', device: 'FILE:/nowhere/at/all.jpg', message: /Error accessing file/ },
  {
    title: 'a device that is no camera',
    device: 'FILE:/dev/null',
    message: /no picture from FILE:\/dev\/null: ./,
  },
]) {
  test(`${title} is an error although fswebcam reports success, and may be tried again`, async (t) => {
    const source = createFswebcamSource({ ...OPTIONS, device }, { clock: Date, shotFolders: [shotFolder] });
    for (let i = 0; i < 2; i++) {
      await t.throwsAsync(source.next(never), { instanceOf: UnavailableError, message });
    }
  });
}

for (const device of [
  '/dev/video0; touch /tmp/pwned',
  '/dev/video0 --exec reboot',
  '/dev/video$(reboot)',
  '/dev/video0\n/dev/video1',
  '/dev/../etc/passwd',
  '/dev/null',
  'TEST:`reboot`',
  'TEST:a b',
  'FILE:relative.jpg',
  'FILE:/a b.jpg',
  'FILE:/a\tb.jpg',
  "FILE:/a'b.jpg",
  'FILE:/a|b.jpg',
  'RAW:/dev/sda',
  '-d',
  '',
]) {
  test(`the device name ${JSON.stringify(device)} is refused`, (t) => {
    t.throws(() => createFswebcamSource({ ...OPTIONS, device }, { clock: Date }), {
      instanceOf: InputError,
      message:
        /^Expected a camera such as \/dev\/video0, "TEST:" or "FILE:" with an absolute path for the camera\.device/,
    });
  });
}

test('numbers out of range are refused', (t) => {
  for (const wrong of [
    { width: 8 },
    { height: 9000 },
    { skip: -1 },
    { quality: 96 },
    { deadlineSeconds: 0 },
  ]) {
    const error = t.throws(() => createFswebcamSource({ ...OPTIONS, ...wrong }, { clock: Date }), {
      instanceOf: InputError,
    });
    t.true(error.message.includes(`for the camera.${Object.keys(wrong)[0]} `), error.message);
  }
});

function drawnJpeg(): Promise<Buffer> {
  return sharp({ create: { width: 64, height: 48, channels: 3, background: '#ff0000' } })
    .jpeg()
    .toBuffer();
}

async function temporaryFolder(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'oneface-test-'));
  t.teardown(() => rm(folder, { recursive: true }));
  return folder;
}
