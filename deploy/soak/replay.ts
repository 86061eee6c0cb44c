import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { UnavailableError } from '@oneface/common/errors/errors';

const WIDTH = 640;
const HEIGHT = 480;
const SECONDS = 60;
/** Both divide the length, so that the recording can be repeated without a jump. */
const SWAY_SECONDS = { across: 10, down: 6 };
/** The picture is enlarged by this, which leaves a margin to sway in. */
const ENLARGED = 1.12;
/** As a sensor's: no two frames are alike. */
const NOISE = 'noise=alls=5:allf=t';
const QUALITY = '4';

/**
 * Records a face that sways a little before the camera: JPEG frames one after the other, 60 seconds of them.
 *
 * @param picture of a face, such as a generated one
 * @param file the recording, a `.mjpeg` file
 * @param perSecond frames a second
 * @throws UnavailableError when ffmpeg is not there or cannot do it
 */
export async function recordReplay(picture: string, file: string, perSecond: number): Promise<void> {
  const sway = (side: string, seconds: number) => `(i${side}-o${side})/2*(1+0.9*sin(2*PI*t/${seconds}))`;
  const filters = [
    `scale=${Math.round(WIDTH * ENLARGED)}:${Math.round(HEIGHT * ENLARGED)}`,
    `crop=${WIDTH}:${HEIGHT}:'${sway('w', SWAY_SECONDS.across)}':'${sway('h', SWAY_SECONDS.down)}'`,
    NOISE,
  ];
  const input = ['-loop', '1', '-framerate', `${perSecond}`, '-t', `${SECONDS}`, '-i', picture];
  const output = ['-vf', filters.join(','), '-c:v', 'mjpeg', '-q:v', QUALITY, '-f', 'mjpeg', '-y', file];
  try {
    await promisify(execFile)('ffmpeg', ['-nostdin', '-loglevel', 'error', ...input, ...output]);
  } catch (cause) {
    throw new UnavailableError(`ffmpeg could not record ${file} from ${picture}`, { cause });
  }
}
