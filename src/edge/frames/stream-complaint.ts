import { lastComplaintOf, type ProgramEnd } from '../processes/complaint.js';
import { CameraError, saysNoCamera, troubleOf } from './camera-error.js';
import type { StreamSourceOptions } from './source-options.js';

/** v4l2-ctl's progress on stderr: a sign for each frame, and its rate each second. */
const PROGRESS = /^[<>]+(?: [\d.]+ fps.*)?/gm;
/** ffmpeg and v4l2-ctl of a camera that has the pictures in other formats alone. */
const NO_MJPEG = /cannot find a proper format for codec 'mjpeg'|the pixelformat 'MJPG' is invalid/i;

/**
 * Says why a camera program that ought to stream for ever ended by itself.
 *
 * @param hint a sentence to add, if any
 */
export function streamComplaint(
  { program, device }: Pick<StreamSourceOptions, 'program' | 'device'>,
  end: ProgramEnd,
  hint: string | undefined,
): CameraError {
  const stderr = end.stderr.replace(PROGRESS, '');
  // While it ends ffmpeg goes on to complain of what follows from the camera's being gone.
  const telling = stderr.split('\n').filter(saysNoCamera).at(-1);
  const reasons = [lastComplaintOf({ ...end, stderr: telling ?? stderr })];
  // v4l2-ctl has no words for a camera that it opened and may not use.
  const isHeld = program === 'v4l2-ctl' && end.stderr === '' && end.killedBy === null;
  if (isHeld) reasons.push('another program may have the camera');
  if (NO_MJPEG.test(stderr)) reasons.push('it gives no MJPEG: use "kind": "fswebcam"');
  if (hint !== undefined) reasons.push(hint);
  const trouble = isHeld ? 'no-device' : troubleOf(stderr);
  return new CameraError(trouble, `${program} ended with ${device}: ${reasons.join('; ')}`);
}
