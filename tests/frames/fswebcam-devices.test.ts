import { execFile } from 'node:child_process';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { InputError } from '@oneface/common/errors/errors';
import { CameraError } from '@oneface/edge/frames/camera-error';
import test from 'ava';
import { temporaryFolder } from '../support/temporary-folder.js';
import { openFswebcam as open } from './support/open-fswebcam.js';
import { standIns } from './support/stand-ins.js';

/** A signal that nobody aborts. */
const never = () => new AbortController().signal;

test('a camera that is not there is told apart from one that gives nothing', async (t) => {
  const absent = await t.throwsAsync(open({ device: '/dev/video999' }).next(never()), {
    instanceOf: CameraError,
  });
  t.is(absent.trouble, 'no-device');
  const { env } = standIns({ fswebcam: 'echo "Timed out waiting for frame!" >&2' });
  const mute = await t.throwsAsync(open({}, { env }).next(never()), { instanceOf: CameraError });
  t.is(mute.trouble, 'no-frame');
});

test('a camera may be named by id or by path, though fswebcam cuts names at a colon', async (t) => {
  const root = await temporaryFolder(t);
  const { env, folder } = standIns({
    fswebcam:
      'printf "%s\\n" "$@" > "$(dirname "$0")/arguments"; exec /usr/bin/fswebcam -q -d TEST: shot.jpg',
  });
  await mkdir(join(root, 'dev/v4l/by-path'), { recursive: true });
  await writeFile(join(root, 'dev/video2'), '');
  const name = 'platform-fd500000.pcie-pci-0000:01:00.0-usb-0:1.3:1.0-video-index0';
  await symlink('../../video2', join(root, 'dev/v4l/by-path', name));
  t.not(await open({ device: `/dev/v4l/by-path/${name}` }, { env, root }).next(never()), undefined);
  const { stdout } = await promisify(execFile)('cat', [join(folder, 'arguments')]);
  t.true(stdout.includes(`--device\n${join(root, 'dev/video2')}\n`), stdout);

  const gone = open({ device: '/dev/v4l/by-id/usb-046d_HD_Pro_Webcam_C920-video-index0' }, { root });
  const error = await t.throwsAsync(gone.next(never()), { instanceOf: CameraError });
  t.is(error.trouble, 'no-device');
  t.regex(error.message, /^There is no camera \/dev\/v4l\/by-id\/usb-046d/);
});

test('a camera module that gives raw Bayer data is named as such, with the program that can read it', async (t) => {
  const root = await temporaryFolder(t);
  await mkdir(join(root, 'dev'), { recursive: true });
  await mkdir(join(root, 'sys/class/video4linux/video0'), { recursive: true });
  await writeFile(join(root, 'dev/video0'), '');
  await writeFile(join(root, 'sys/class/video4linux/video0/name'), 'unicam-image\n');
  // What fswebcam says on such a Raspberry Pi.
  const { env } = standIns({
    fswebcam: 'echo "Error starting stream.\nVIDIOC_STREAMON: Invalid argument" >&2; kill -SEGV $$',
  });
  await t.throwsAsync(open({ device: '/dev/video0' }, { env, root }).next(never()), {
    instanceOf: CameraError,
    message:
      /VIDIOC_STREAMON: Invalid argument; it is a camera module that gives raw sensor data: .*rpicam-vid/,
  });
});

for (const device of [
  '/dev/video0; touch /tmp/pwned',
  '/dev/video0 --exec reboot',
  '/dev/video$(reboot)',
  '/dev/video0\n/dev/video1',
  '/dev/../etc/passwd',
  '/dev/null',
  '/dev/v4l/by-id/../../null',
  '/dev/v4l/by-id/a b',
  '/dev/v4l/by-path/$(reboot)',
  'TEST:`reboot`',
  'TEST:a b',
  'FILE:relative.jpg',
  'FILE:/a b.jpg',
  'FILE:/a\tb.jpg',
  "FILE:/a'b.jpg",
  'FILE:/a|b.jpg',
  'FILE:/a:b.jpg',
  'RAW:/dev/sda',
  '-d',
  '0',
  '',
]) {
  test(`the device name ${JSON.stringify(device)} is refused`, (t) => {
    t.throws(() => open({ device }), {
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
    const error = t.throws(() => open(wrong), { instanceOf: InputError });
    t.true(error.message.includes(`for the camera.${Object.keys(wrong)[0]} `), error.message);
  }
});
