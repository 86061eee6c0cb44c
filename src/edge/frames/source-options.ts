import { CLOSED } from '@oneface/common/events/fields';
import { type Static, Type } from '@sinclair/typebox';
import { Secret } from '../config/secret.js';

/*
 * Names of devices and files are allow-lists of characters: they go into the command lines of programs, some
 * of which have options that run commands, and node-webcam hands its line to a shell.
 */

/** A path without spaces, quotes, shell signs and % signs (which programs expand). */
const SAFE_PATH = '/[A-Za-z0-9_+=@.,/-]{1,1024}';
/** A V4L2 camera by its number, or by a name of udev's that stays the same over restarts. */
const V4L2_DEVICE = '/dev/(?:video[0-9]{1,3}|v4l/by-(?:id|path)/[A-Za-z0-9][A-Za-z0-9_+=@.,:-]{0,254})';

/** What fswebcam may open: a V4L2 camera, its own colour bars, or one picture file. */
const SHOT_DEVICE = `^(?:${V4L2_DEVICE}|TEST:[A-Za-z0-9_-]{0,32}|FILE:${SAFE_PATH})$`;
/**
 * What a continuous camera program may open: a V4L2 camera, the number of a camera module, a picture or video
 * file, or a drawn test picture. Which program opens which is checked when its command line is made.
 */
const STREAM_DEVICE = `^(?:${V4L2_DEVICE}|[0-9]|TEST:|FILE:${SAFE_PATH})$`;
/** An address without user name, password and fragment. */
const HTTP_URL = '^https?://[^\\s/?#@\\\\]+(?:/[^\\s#]*)?$';

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

const PICTURE_SIZE = {
  width: Type.Integer({ minimum: 16, maximum: 8192, default: 640 }),
  height: Type.Integer({ minimum: 16, maximum: 8192, default: 480 }),
};

/** What fswebcam is asked for, whether the agent or node-webcam runs it. */
const SHOT_FIELDS = {
  device: Type.String({
    title: 'a camera such as /dev/video0, "TEST:" or "FILE:" with an absolute path',
    pattern: SHOT_DEVICE,
    default: '/dev/video0',
  }),
  ...PICTURE_SIZE,
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
    description: 'The program is killed when it gave no picture by then.',
  }),
};

/** Frames from a V4L2 camera through the fswebcam program, one run of it for each. */
export const FswebcamSourceOptions = Type.Object({ kind: Type.Literal('fswebcam'), ...SHOT_FIELDS }, CLOSED);
export type FswebcamSourceOptions = Static<typeof FswebcamSourceOptions>;

/** Frames from a V4L2 camera through the node-webcam package, which runs fswebcam. */
export const NodeWebcamSourceOptions = Type.Object(
  { kind: Type.Literal('node-webcam'), ...SHOT_FIELDS },
  CLOSED,
);
export type NodeWebcamSourceOptions = Static<typeof NodeWebcamSourceOptions>;

const STALL_SECONDS = Type.Number({
  minimum: 0.5,
  maximum: 600,
  default: 20,
  description: 'It is ended and started again when it gave no frame for this long.',
});

/** Frames from a program that writes JPEG pictures one after the other. */
export const StreamSourceOptions = Type.Object(
  {
    kind: Type.Literal('stream'),
    program: Type.Union([Type.Literal('ffmpeg'), Type.Literal('v4l2-ctl'), Type.Literal('rpicam-vid')], {
      default: 'ffmpeg',
    }),
    device: Type.String({
      title: 'a camera such as /dev/video0, its number, "TEST:" or "FILE:" with an absolute path',
      pattern: STREAM_DEVICE,
      default: '/dev/video0',
    }),
    ...PICTURE_SIZE,
    perSecond: Type.Integer({
      minimum: 1,
      maximum: 60,
      default: 10,
      description: 'Frames a second that the camera is asked for.',
    }),
    stallSeconds: STALL_SECONDS,
  },
  CLOSED,
);
export type StreamSourceOptions = Static<typeof StreamSourceOptions>;

/** How to reach a camera over HTTP. */
const HTTP_FIELDS = {
  url: Type.String({
    title: 'http://host/path or https://host/path, without user name and password',
    pattern: HTTP_URL,
    // One with a password in it is refused, and not shown.
    writeOnly: true,
    maxLength: 2048,
  }),
  username: Type.Optional(Type.String({ pattern: '^[^:\\x00-\\x1f]{1,256}$', title: 'a user name' })),
  password: Type.Optional(Secret),
  ca: Type.Optional(
    Type.String({
      title: 'the path of certificates (PEM)',
      description: "Of the authorities that may vouch for the camera; the system's if left out.",
      minLength: 1,
      maxLength: 4096,
    }),
  ),
};

/** Frames from a network camera, one request for each. */
export const HttpSnapshotSourceOptions = Type.Object(
  {
    kind: Type.Literal('http-snapshot'),
    ...HTTP_FIELDS,
    deadlineSeconds: Type.Number({
      minimum: 0.1,
      maximum: 120,
      default: 10,
      description: 'A request is given up when it gave no picture by then.',
    }),
  },
  CLOSED,
);
export type HttpSnapshotSourceOptions = Static<typeof HttpSnapshotSourceOptions>;

/** Frames from a network camera that sends JPEG pictures without end (multipart/x-mixed-replace). */
export const HttpStreamSourceOptions = Type.Object(
  { kind: Type.Literal('http-stream'), ...HTTP_FIELDS, stallSeconds: STALL_SECONDS },
  CLOSED,
);
export type HttpStreamSourceOptions = Static<typeof HttpStreamSourceOptions>;

/** Where the agent's frames come from; `kind` tells the variants apart. */
export const FrameSourceOptions = Type.Union([
  FolderSourceOptions,
  FswebcamSourceOptions,
  NodeWebcamSourceOptions,
  StreamSourceOptions,
  HttpSnapshotSourceOptions,
  HttpStreamSourceOptions,
]);
export type FrameSourceOptions = Static<typeof FrameSourceOptions>;
