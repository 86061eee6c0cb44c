import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Draws moving pictures with the real ffmpeg, as MJPEG on stdout, in place of the shell. */
export function drawnStream(size = '64x48', perSecond: number | string = 20, more = ''): string {
  const picture = `-f lavfi -i testsrc2=size=${size}:rate=${perSecond}`;
  return `ffmpeg -nostdin -loglevel error -re ${picture} ${more} -c:v mjpeg -f image2pipe pipe:1`;
}

/**
 * Speaks rpicam-vid's command line, which Debian does not have, and calls ffmpeg. Options that it does not
 * know are an error, as they are for rpicam-vid.
 */
export const RPICAM_VID = `
while [ $# -gt 0 ]; do
  case "$1" in
    --width) width=$2; shift 2;;
    --height) height=$2; shift 2;;
    --framerate) rate=$2; shift 2;;
    --camera) camera=$2; shift 2;;
    --timeout) timeout=$2; shift 2;;
    --codec) codec=$2; shift 2;;
    --output) output=$2; shift 2;;
    --verbose) shift 2;;
    --nopreview|--flush) shift;;
    *) echo "ERROR: *** unrecognised option '$1' ***" >&2; exit 255;;
  esac
done
[ "$camera" = 0 ] || { echo "ERROR: *** no cameras available ***" >&2; exit 255; }
[ "$timeout $codec $output" = "0 mjpeg -" ] || { echo "ERROR: *** not a stream ***" >&2; exit 255; }
echo "[1:23:45.678] [99]  INFO Camera camera_manager.cpp:297 libcamera v0.3.0" >&2
exec ${drawnStream('$' + '{width}x$height', '$rate')}
`;

/**
 * Speaks v4l2-ctl's command line for a camera that is there, and calls ffmpeg. Like v4l2-ctl 1.22 it may say
 * something on stdout before the first picture.
 */
export const V4L2_CTL = `
for option in "$@"; do
  case "$option" in
    --device=/dev/video0) device=yes;;
    --set-fmt-video=width=64,height=48,pixelformat=MJPG) format=yes;;
    --set-parm=20) rate=yes;;
    --stream-mmap) mmap=yes;;
    --stream-to=-) output=yes;;
    *) echo "unrecognized option '$option'" >&2; exit 1;;
  esac
done
[ "$device$format$rate$mmap$output" = yesyesyesyesyes ] || { echo "something is missing" >&2; exit 1; }
echo "Frame rate set to 20.000 fps"
exec ${drawnStream()}
`;

const folders: string[] = [];
process.once('exit', () => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

/**
 * Makes programs that stand in for others; they are gone when the tests of the file are.
 *
 * @param scripts what a shell is to run, by the name of the program
 * @returns a folder with them, and an environment in which they are found first
 */
export function standIns(scripts: Readonly<Record<string, string>>) {
  const folder = mkdtempSync(join(tmpdir(), 'oneface-test-'));
  folders.push(folder);
  for (const [name, script] of Object.entries(scripts)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }
  return { folder, env: { PATH: `${folder}:${process.env.PATH}` } };
}
