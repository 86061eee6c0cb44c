import { UnavailableError } from '@oneface/common/errors/errors';

/** Why a camera gave no frame: there is none (or it cannot be opened), or it is there and gave nothing. */
export type CameraTrouble = 'no-device' | 'no-frame';

/** A camera gave no frame. It may be asked again. */
export class CameraError extends UnavailableError {
  readonly trouble: CameraTrouble;

  constructor(trouble: CameraTrouble, message: string, options?: ErrorOptions) {
    super(message, options);
    this.trouble = trouble;
  }
}

/**
 * What fswebcam 20140113, ffmpeg 5.1, v4l2-ctl 1.22 and rpicam-vid say of a camera that is not there, was
 * unplugged, is no camera, or is held by another program. Their exit codes tell nothing.
 */
const NO_DEVICE =
  /no such (?:file|device)|cannot open (?:video )?device|error (?:opening|accessing)|not a v4l2? device|inappropriate ioctl|unable to detect what device|not a video capture device|no cameras available|permission denied|device or resource busy/i;

/** Whether a program complains of having no camera. */
export function saysNoCamera(complaint: string): boolean {
  return NO_DEVICE.test(complaint);
}

/** Tells from a program's complaint whether it had a camera at all. */
export function troubleOf(complaint: string): CameraTrouble {
  return saysNoCamera(complaint) ? 'no-device' : 'no-frame';
}
