import { type Static, Type } from '@sinclair/typebox';
import {
  BootId,
  boxField,
  CLOSED,
  ClassSetName,
  DeviceId,
  LogId,
  ModelDigest,
  millisecondsField,
  PartName,
  pointField,
  SiteId,
  sideField,
  timeField,
} from './fields.js';

/** Raised whenever a field changes its meaning or goes away; new payloads then need a new reader. */
export const EVENT_SCHEMA_VERSION = 2;

export const TimeQuality = Type.Union(
  [Type.Literal('synchronised'), Type.Literal('unsynchronised'), Type.Literal('unknown')],
  {
    description:
      'synchronised: a time server has set the clock since the machine started. unsynchronised: none has, ' +
      'so `time` may be years off. unknown: the machine does not say.',
  },
);
export type TimeQuality = Static<typeof TimeQuality>;

/** Why a frame has no face in it. */
export const NoFaceReason = Type.Union(
  [Type.Literal('nothing-found'), Type.Literal('too-small'), Type.Literal('no-landmarks')],
  {
    description:
      'nothing-found: no part of a face in the whole frame. too-small: something, but too small to judge. ' +
      'no-landmarks: parts of a face, but not both eyes and a mouth where a face has them.',
  },
);
export type NoFaceReason = Static<typeof NoFaceReason>;

const HEAD = {
  schemaVersion: Type.Literal(EVENT_SCHEMA_VERSION, { description: 'Version of this format.' }),
  device: DeviceId,
  site: Type.Optional(SiteId),
  boot: BootId,
  log: Type.Object(
    {
      id: LogId,
      kept: Type.Boolean({
        description:
          'Whether the device keeps this log on its disk. One in memory (its disk is full or broken) may end ' +
          'without its last events when the device loses power: read such an end as a gap.',
      }),
    },
    CLOSED,
  ),
  sequence: Type.Integer({
    minimum: 1,
    description:
      'Counts the events of this log from 1, on over restarts of the device. A number left out is an event ' +
      'that was lost; the same number and boot again is a repeat.',
  }),
  historical: Type.Optional(
    Type.Literal(true, {
      description: 'There when the event had to wait for a connection: it tells of the past, not of now.',
    }),
  ),
  time: timeField("When the frame was taken, by the device's clock."),
  timeQuality: TimeQuality,
  frame: Type.Object(
    {
      number: Type.Integer({
        minimum: 1,
        description: 'Counts the frames of this boot from 1, those included that could not be read.',
      }),
      width: sideField('Width of the frame in pixels.'),
      height: sideField('Height of the frame in pixels.'),
      faces: Type.Integer({ minimum: 0, maximum: 64, description: 'Faces found in the frame.' }),
    },
    CLOSED,
  ),
  model: Type.Object({ digest: ModelDigest, classSet: ClassSetName }, CLOSED),
  timings: Type.Object(
    {
      decode: millisecondsField('Milliseconds for decoding the picture.'),
      find: millisecondsField('Milliseconds for finding the face, or that there is none.'),
      segment: Type.Optional(millisecondsField('Milliseconds for segmenting the aligned face.')),
      measure: Type.Optional(millisecondsField('Milliseconds for measuring its parts.')),
    },
    CLOSED,
  ),
};

/** The mask of one part on the mask grid, as COCO's compressed run lengths (`masks/rle.ts` reads them). */
export const PartMask = Type.Object(
  {
    size: Type.Tuple([sideField(), sideField()], { description: 'Height and width of the mask grid.' }),
    counts: Type.String({
      title: 'a COCO run-length string',
      description: "COCO's compressed run lengths, column by column.",
      pattern: '^[0-o]*$',
      maxLength: 262_144,
    }),
  },
  CLOSED,
);

/** One part of the face that is in view. */
export const FacePart = Type.Object(
  {
    name: PartName,
    area: Type.Number({ minimum: 0, description: 'Square pixels of the frame.' }),
    box: boxField('Upright, in pixels of the frame; may reach past its edge by part of a cell.'),
    centroid: pointField('Pixels of the frame.'),
    confidence: Type.Number({
      minimum: 0,
      maximum: 1,
      description: "Mean probability of the part's own class over its pixels.",
    }),
    mask: PartMask,
  },
  CLOSED,
);
export type FacePart = Static<typeof FacePart>;

/** Where the mask grid lies in the frame. */
export const Alignment = Type.Object(
  {
    gridToFrame: Type.Tuple(
      [Type.Number(), Type.Number(), Type.Number(), Type.Number(), Type.Number(), Type.Number()],
      {
        description:
          'Matrix of two rows and three columns, row by row, from mask grid to frame pixels: ' +
          'x = m[0] u + m[1] v + m[2], y = m[3] u + m[4] v + m[5]; the centre of cell i lies at i + 0.5.',
      },
    ),
    landmarks: Type.Object(
      {
        leftEye: pointField('Centre in pixels of the frame; left as seen in the picture.'),
        rightEye: pointField('Centre in pixels of the frame; right as seen in the picture.'),
        mouth: pointField('Centre in pixels of the frame.'),
      },
      CLOSED,
    ),
    roll: Type.Number({
      minimum: -180,
      maximum: 180,
      description: 'Degrees that the line from left to right eye is turned clockwise from the horizontal.',
    }),
  },
  CLOSED,
);

/** One face and its parts, as one frame shows it. */
export const Face = Type.Object(
  {
    box: boxField('Hairline to chin and ear to ear, in pixels of the frame.'),
    score: Type.Number({
      minimum: 0,
      maximum: 1,
      description: 'How sure the agent is that this is a face.',
    }),
    alignment: Alignment,
    parts: Type.Array(FacePart, { maxItems: 32, description: 'Parts in view, in class set order.' }),
  },
  CLOSED,
);
export type Face = Static<typeof Face>;

export const FaceEvent = Type.Object(
  { kind: Type.Literal('face'), ...HEAD, face: Face },
  { ...CLOSED, description: 'A face in a frame; a frame with several gives one event for each.' },
);
export type FaceEvent = Static<typeof FaceEvent>;

export const NoFaceEvent = Type.Object(
  { kind: Type.Literal('no-face'), ...HEAD, reason: NoFaceReason },
  { ...CLOSED, description: 'A frame without a face.' },
);
export type NoFaceEvent = Static<typeof NoFaceEvent>;

/** How a presence ended. */
export const LeaveReason = Type.Union(
  [Type.Literal('left'), Type.Literal('no-frames'), Type.Literal('stopped')],
  {
    description:
      'left: the face was not seen for a while. no-frames: the camera gave no pictures. stopped: the agent ' +
      'was ended.',
  },
);
export type LeaveReason = Static<typeof LeaveReason>;

const PRESENCE = {
  id: Type.Integer({ minimum: 1, description: 'Counts the presences of this boot from 1.' }),
  since: timeField('When the face was first seen, by the clock of the device.'),
  milliseconds: millisecondsField(
    'From the first to the latest sight of the face, by a clock that never jumps.',
  ),
  frames: Type.Integer({ minimum: 1, description: 'Frames in which the face was found so far.' }),
};

/** `time`, `frame`, `timings` and `face` are those of the best frame of the presence so far. */
function presenceEvent<K extends 'enter' | 'update'>(kind: K, description: string) {
  return Type.Object(
    { kind: Type.Literal(kind), ...HEAD, presence: Type.Object(PRESENCE, CLOSED), face: Face },
    { ...CLOSED, description },
  );
}

export const EnterEvent = presenceEvent('enter', 'A face came into view and stayed for some frames.');
export type EnterEvent = Static<typeof EnterEvent>;

export const UpdateEvent = presenceEvent(
  'update',
  'A face is still in view, or a better frame of it was found; not more often than configured.',
);
export type UpdateEvent = Static<typeof UpdateEvent>;

export const LeaveEvent = Type.Object(
  {
    kind: Type.Literal('leave'),
    ...HEAD,
    presence: Type.Object({ ...PRESENCE, reason: LeaveReason }, CLOSED),
    face: Face,
  },
  { ...CLOSED, description: 'A face is gone. The event shows its best frame.' },
);
export type LeaveEvent = Static<typeof LeaveEvent>;

/**
 * What the agent says about frames. It holds shapes and figures, never pixels. A device reports either every
 * frame (`face`, `no-face`) or presences (`enter`, `update`, `leave`); in these, `time`, `frame`, `timings`
 * and `face` are those of the best frame so far.
 */
export const SegmentationEvent = Type.Union([FaceEvent, NoFaceEvent, EnterEvent, UpdateEvent, LeaveEvent]);
export type SegmentationEvent = Static<typeof SegmentationEvent>;
