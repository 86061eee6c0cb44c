import { Type } from '@sinclair/typebox';
import { CLASS_SET_IDS, classSet } from '../classes/class-sets.js';
import { LONGEST_SIDE } from '../images/raster.js';
import { ID_PATTERN } from '../topics/topics.js';

/** Every object of a payload is closed: a field that the schema does not name is an error. */
export const CLOSED = { additionalProperties: false } as const;

const ID = { title: 'a device or site id (1 to 64 letters, digits, "-", "_", ".")', pattern: ID_PATTERN };

export const DeviceId = Type.String({ ...ID, description: "The device's name, as in the topic." });

export const SiteId = Type.String({ ...ID, description: "The site's name, if the device has one." });

export const BootId = Type.String({
  title: 'a boot id (32 hex digits)',
  description: 'Drawn at random whenever the agent starts.',
  pattern: '^[0-9a-f]{32}$',
});

export const LogId = Type.String({
  title: 'a log id (32 hex digits)',
  description:
    'Drawn at random when the device starts an event log: at its first start, or when it cannot go on with ' +
    'the one it had. A new id is a break, whatever the numbers say.',
  pattern: '^[0-9a-f]{32}$',
});

const DIGEST = { title: 'a SHA-256 digest (64 hex digits)', pattern: '^[0-9a-f]{64}$' };

export const Digest = Type.String(DIGEST);

export const ModelDigest = Type.String({
  ...DIGEST,
  description: 'SHA-256 of the model file, as its bundle names it.',
});

export const AgentVersion = Type.String({
  title: 'a version',
  description: 'Of the agent.',
  pattern: '^\\d+\\.\\d+\\.\\d+[0-9A-Za-z.+-]*$',
  maxLength: 64,
});

/** A time by the device's own clock. */
export function timeField(description: string) {
  return Type.String({
    title: 'a UTC time such as 2026-03-01T12:30:00.000Z',
    description,
    pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}\\.\\d{3}Z$',
  });
}

/** Width or height of a picture or a grid. */
export function sideField(description?: string) {
  return Type.Integer({ minimum: 1, maximum: LONGEST_SIDE, ...(description && { description }) });
}

/** A place in pixels of the frame; pixel i covers [i, i + 1). */
export function pointField(description: string) {
  return Type.Object({ x: Type.Number(), y: Type.Number() }, { ...CLOSED, description });
}

/** An upright rectangle in pixels of the frame: covers [x, x + width) by [y, y + height). */
export function boxField(description: string) {
  return Type.Object(
    {
      x: Type.Number(),
      y: Type.Number(),
      width: Type.Number({ minimum: 0 }),
      height: Type.Number({ minimum: 0 }),
    },
    { ...CLOSED, description },
  );
}

/** Names of all parts of all class sets; the background is no part. */
const PART_NAMES = [
  ...new Set(CLASS_SET_IDS.flatMap((id) => classSet(id).classes.map((part) => part.name))),
].filter((name) => name !== 'background');

export const PartName = Type.Union(
  PART_NAMES.map((name) => Type.Literal(name)),
  { description: 'A class of the class set.' },
);

export const ClassSetName = Type.Union(
  CLASS_SET_IDS.map((id) => Type.Literal(id)),
  { description: 'The classes that the model tells apart.' },
);

/** A duration in milliseconds. */
export function millisecondsField(description: string) {
  return Type.Number({ minimum: 0, description });
}
