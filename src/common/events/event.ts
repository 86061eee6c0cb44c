import { type Static, Type } from '@sinclair/typebox';
import {
  BootId,
  boxField,
  CLOSED,
  ClassSetName,
  DeviceId,
  ModelDigest,
  millisecondsField,
  PartName,
  pointField,
  SiteId,
  sideField,
  timeField,
} from './fields.js';

/** Raised whenever a field changes its meaning or goes away; new payloads then need a new reader. */
export const EVENT_SCHEMA_VERSION = 1;

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
  sequence: Type.Integer({
    minimum: 1,
    description: 'Counts the events of this boot from 1. A gap is an event that was lost on the way.',
  }),
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

export const FaceEvent = Type.Object(
  {
    kind: Type.Literal('face'),
    ...HEAD,
    face: Type.Object(
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
    ),
  },
  { ...CLOSED, description: 'A frame with a face.' },
);
export type FaceEvent = Static<typeof FaceEvent>;

export const NoFaceEvent = Type.Object(
  { kind: Type.Literal('no-face'), ...HEAD, reason: NoFaceReason },
  { ...CLOSED, description: 'A frame without a face.' },
);
export type NoFaceEvent = Static<typeof NoFaceEvent>;

/** What the agent says about one frame. It holds shapes and figures, never pixels. */
export const SegmentationEvent = Type.Union([FaceEvent, NoFaceEvent]);
export type SegmentationEvent = Static<typeof SegmentationEvent>;
