import { CLOSED } from '@oneface/common/events/fields';
import { type Static, Type } from '@sinclair/typebox';

/**
 * What fswebcam may open: a V4L2 camera, its own colour bars, or one picture file.
 *
 * The characters are an allow-list. fswebcam has options that run commands, and node-webcam pastes the name
 * into one line with them.
 */
const CAMERA_DEVICE = '^(?:/dev/video[0-9]{1,3}|TEST:[A-Za-z0-9_-]{0,32}|FILE:/[A-Za-z0-9_+=@.,/-]{1,1024})$';

/** Frames from picture files, for trials and replays. */
export const FolderSourceOptions = Type.Object(
  {
    kind: Type.Literal('folder'),
    path: Type.String({
      title: 'the path of a picture or of a folder of pictures',
      minLength: 1,
      maxLength: 4096,
    }),
    repeat: Type.Boolean({ default: false, description: 'Start again after the last picture, for ever.' }),
  },
  CLOSED,
);
export type FolderSourceOptions = Static<typeof FolderSourceOptions>;

/** Frames from a V4L2 camera through the fswebcam program, one run of it for each. */
export const FswebcamSourceOptions = Type.Object(
  {
    kind: Type.Literal('fswebcam'),
    device: Type.String({
      title: 'a camera such as /dev/video0, "TEST:" or "FILE:" with an absolute path',
      pattern: CAMERA_DEVICE,
      default: '/dev/video0',
    }),
    width: Type.Integer({ minimum: 16, maximum: 8192, default: 640 }),
    height: Type.Integer({ minimum: 16, maximum: 8192, default: 480 }),
    skip: Type.Integer({
      minimum: 0,
      maximum: 100,
      default: 0,
      description: 'First pictures to drop while the camera finds its exposure.',
    }),
    quality: Type.Integer({ minimum: 1, maximum: 95, default: 90, description: 'JPEG quality.' }),
    deadlineSeconds: Type.Number({
      minimum: 0.1,
      maximum: 120,
      default: 10,
      description: 'fswebcam is killed when it gave no picture by then.',
    }),
  },
  CLOSED,
);
export type FswebcamSourceOptions = Static<typeof FswebcamSourceOptions>;

/** Where the agent's frames come from; `kind` tells the variants apart. */
export const FrameSourceOptions = Type.Union([FolderSourceOptions, FswebcamSourceOptions]);
export type FrameSourceOptions = Static<typeof FrameSourceOptions>;
