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

/** Programs that fail, as `standIns`, until `mend` is called; then they run their scripts. */
export function failingStandIns(scripts: Readonly<Record<string, string>>) {
  const fails = '[ -e "$(dirname "$0")/mended" ] || { echo "it is broken" >&2; exit 1; }';
  const entries = Object.entries(scripts).map(([name, script]) => [name, `${fails}\n${script}`]);
  const { folder, env } = standIns(Object.fromEntries(entries));
  return { env, mend: () => writeFileSync(join(folder, 'mended'), '') };
}
