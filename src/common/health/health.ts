import { type Static, type TSchema, Type } from '@sinclair/typebox';
import { TimeQuality } from '../events/event.js';
import { AgentVersion, BootId, CLOSED, DeviceId, ModelDigest, SiteId, timeField } from '../events/fields.js';

export const HEALTH_SCHEMA_VERSION = 1;

/** What the camera does. */
export const CAMERA_STATES = [
  'starting',
  'online',
  'no-device',
  'stalled',
  'frozen',
  'dark',
  'overexposed',
] as const;
export type CameraStateName = (typeof CAMERA_STATES)[number];

const CameraStateField = Type.Union(
  CAMERA_STATES.map((state) => Type.Literal(state)),
  {
    description:
      'starting: no frame yet. online: it gives good frames. no-device: there is no camera or it cannot be ' +
      'opened. stalled: it gives no frame. frozen: the same picture again and again. dark: ' +
      'dark or covered. overexposed: all white.',
  },
);

const count = (description: string) => Type.Integer({ minimum: 0, description });
const quantiles = (description: string) =>
  Type.Object(
    {
      p50: Type.Number({ minimum: 0 }),
      p95: Type.Number({ minimum: 0 }),
      p99: Type.Number({ minimum: 0 }),
    },
    { ...CLOSED, description },
  );

/** A field for each name. */
function fieldsFor<N extends string, S extends TSchema>(names: readonly N[], field: (name: N) => S) {
  return Object.fromEntries(names.map((name) => [name, field(name)])) as Record<N, S>;
}

/** The stages of a frame whose latency is measured, in order. */
export const STAGES = ['decode', 'find', 'segment', 'measure', 'publish'] as const;
export type Stage = (typeof STAGES)[number];

/** How a device is. Counts start from 0 with every boot. */
export const DeviceHealth = Type.Object(
  {
    schemaVersion: Type.Literal(HEALTH_SCHEMA_VERSION, { description: 'Version of this format.' }),
    device: DeviceId,
    site: Type.Optional(SiteId),
    boot: BootId,
    historical: Type.Optional(
      Type.Literal(true, { description: 'There when the message had to wait for a connection.' }),
    ),
    time: timeField('When it was measured, by the clock of the device.'),
    timeQuality: TimeQuality,
    version: AgentVersion,
    model: ModelDigest,
    uptimeSeconds: Type.Number({ minimum: 0, description: 'Since this boot of the agent.' }),
    starts: Type.Integer({ minimum: 1, description: 'Starts of the agent since its state folder was made.' }),
    camera: Type.Object(
      {
        state: CameraStateField,
        since: timeField('When it came to this state.'),
        counts: Type.Partial(
          Type.Object(
            fieldsFor(CAMERA_STATES, () => Type.Integer({ minimum: 0 })),
            CLOSED,
          ),
          { description: 'How often it came to each state; one that is left out never was.' },
        ),
        restarts: count('Times the camera program was started again.'),
      },
      CLOSED,
    ),
    frames: Type.Object(
      {
        captured: count('Frames that the camera gave.'),
        analysed: count('Frames that were looked at.'),
        dropped: count('Frames replaced by a newer one while another was in work.'),
        unreadable: count('Frames that are no picture.'),
        faces: count('Faces found in frames.'),
      },
      CLOSED,
    ),
    latency: Type.Partial(
      Type.Object(
        fieldsFor(STAGES, (stage) => quantiles(`Milliseconds of ${stage}.`)),
        CLOSED,
      ),
      { description: 'Milliseconds per stage over the last minutes; a stage that did not run is left out.' },
    ),
    outbox: Type.Object(
      {
        kept: Type.Boolean({ description: 'Whether events are kept on disk.' }),
        messages: count('Messages that wait for the broker.'),
        bytes: count('Bytes that they take.'),
        oldestSeconds: Type.Number({ minimum: 0, description: 'Age of the oldest one; 0 without any.' }),
        dropped: Type.Object(
          {
            health: count('Health messages dropped for room or age.'),
            reply: count('Replies dropped for room or age.'),
            event: count('Events dropped for room or age.'),
          },
          CLOSED,
        ),
      },
      CLOSED,
    ),
    broker: Type.Object(
      {
        session: count('Attempts to connect of this boot.'),
        sharedId: Type.Boolean({
          description: 'Whether another client seems to use the same client id and cuts this one off.',
        }),
      },
      CLOSED,
    ),
    memory: Type.Object({ residentBytes: count('Resident memory of the agent.') }, CLOSED),
    temperatureCelsius: Type.Optional(
      Type.Number({ description: 'Of the processor, where it can be read.' }),
    ),
  },
  { ...CLOSED, description: 'How a device is; published every minute or so and on demand.' },
);
export type DeviceHealth = Static<typeof DeviceHealth>;
