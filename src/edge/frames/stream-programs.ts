import { expected } from '@oneface/common/errors/errors';
import type { StreamSourceOptions } from './source-options.js';

/** What ffmpeg says is kept to errors, and it must not read the agent's terminal. */
const FFMPEG = ['-nostdin', '-hide_banner', '-loglevel', 'error'];
/** JPEG quality from 2 (best) to 31 of what ffmpeg encodes itself; 2 has no visible loss. */
const FFMPEG_QUALITY = '2';
/** JPEG pictures one after the other, as cameras give them: replayed byte by byte, in their own size. */
const RECORDING = /\.mjpe?g$/i;
/** A single picture has an option of its own for being shown again. */
const PICTURE = /\.(?:jpe?g|png)$/i;
/** Any other file is encoded again: whatever it holds becomes JPEG of the size and rate asked. */
const ENCODE = ['-an', '-sn', '-dn', '-c:v', 'mjpeg', '-q:v', FFMPEG_QUALITY];
const TO_STDOUT = ['-f', 'image2pipe', '-flush_packets', '1', 'pipe:1'];

const REPLAY = 'FILE:';
const PATTERN = 'TEST:';
const DEVICES = {
  ffmpeg: {
    pattern: /^(?:\/dev\/|FILE:|TEST:)/,
    words: 'a device, "FILE:" with an absolute path or "TEST:"',
  },
  'v4l2-ctl': { pattern: /^\/dev\//, words: 'a device such as /dev/video0' },
  'rpicam-vid': { pattern: /^[0-9]$/, words: 'the number of a camera, such as 0' },
} as const;

/** Whether the frames come from a file or are drawn, so that the same ones come again and again. */
export function isReplay(device: string): boolean {
  return device.startsWith(REPLAY) || device.startsWith(PATTERN);
}

/**
 * Gives the arguments with which the camera program writes JPEG pictures to stdout.
 *
 * @throws InputError when the program cannot open such a device
 */
export function streamArguments(options: StreamSourceOptions): string[] {
  const { program, device } = options;
  if (!DEVICES[program].pattern.test(device)) {
    throw expected(DEVICES[program].words, `the camera of ${program}`, device);
  }
  switch (program) {
    case 'ffmpeg':
      return [...FFMPEG, ...ffmpegArguments(options), ...TO_STDOUT];
    case 'v4l2-ctl':
      return v4l2Arguments(options);
    case 'rpicam-vid':
      return rpicamArguments(options);
  }
}

function ffmpegArguments({ device, width, height, perSecond }: StreamSourceOptions): string[] {
  const size = `${width}x${height}`;
  if (device.startsWith(REPLAY)) {
    const file = `file:${device.slice(REPLAY.length)}`;
    // A file may name others (a playlist): nothing is fetched from a network.
    const files = ['-protocol_whitelist', 'file', '-re'];
    const rate = ['-framerate', `${perSecond}`];
    const again = ['-stream_loop', '-1'];
    if (RECORDING.test(file)) return [...files, ...again, '-f', 'mjpeg', ...rate, '-i', file, '-c', 'copy'];
    const input = PICTURE.test(file) ? ['-f', 'image2', '-loop', '1', ...rate] : again;
    return [...files, ...input, '-i', file, '-vf', `fps=${perSecond},scale=${width}:${height}`, ...ENCODE];
  }
  if (device.startsWith(PATTERN)) {
    return ['-re', '-f', 'lavfi', '-i', `testsrc2=size=${size}:rate=${perSecond}`, ...ENCODE];
  }
  const format = ['-f', 'v4l2', '-input_format', 'mjpeg', '-video_size', size, '-framerate', `${perSecond}`];
  return [...format, '-i', device, '-c', 'copy'];
}

function v4l2Arguments({ device, width, height, perSecond }: StreamSourceOptions): string[] {
  return [
    `--device=${device}`,
    `--set-fmt-video=width=${width},height=${height},pixelformat=MJPG`,
    `--set-parm=${perSecond}`,
    '--stream-mmap',
    '--stream-to=-',
  ];
}

function rpicamArguments({ device, width, height, perSecond }: StreamSourceOptions): string[] {
  const picture = ['--width', `${width}`, '--height', `${height}`, '--framerate', `${perSecond}`];
  // Without an end, without a window, each frame written at once.
  const running = ['--timeout', '0', '--nopreview', '--flush'];
  return ['--camera', device, ...picture, ...running, '--codec', 'mjpeg', '--output', '-', '--verbose', '0'];
}
