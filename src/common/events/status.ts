import { type Static, Type } from '@sinclair/typebox';
import { AgentVersion, BootId, CLOSED, DeviceId, ModelDigest, SiteId, timeField } from './fields.js';

export const STATUS_SCHEMA_VERSION = 1;

const HEAD = {
  schemaVersion: Type.Literal(STATUS_SCHEMA_VERSION, { description: 'Version of this format.' }),
  device: DeviceId,
  site: Type.Optional(SiteId),
  boot: BootId,
  session: Type.Integer({
    minimum: 1,
    description:
      'Counts the attempts to connect of this boot from 1. An offline message belongs to the online one of ' +
      'the same boot and session; a late one says nothing about a newer session.',
  }),
  version: AgentVersion,
  model: ModelDigest,
};

/** Birth: the retained message of a device that is there. */
export const OnlineStatus = Type.Object(
  {
    state: Type.Literal('online'),
    ...HEAD,
    since: timeField('When it connected.'),
  },
  { ...CLOSED, description: 'The device is connected.' },
);
export type OnlineStatus = Static<typeof OnlineStatus>;

/** Death: takes the place of the birth. The broker sends it as last will when the connection breaks. */
export const OfflineStatus = Type.Object(
  {
    state: Type.Literal('offline'),
    ...HEAD,
    reason: Type.Union([Type.Literal('stopped'), Type.Literal('failed'), Type.Literal('connection-lost')], {
      description:
        'stopped: it was ended in order. failed: it ended itself because of an error. connection-lost: the ' +
        'broker says so, as its last will.',
    }),
    since: timeField(
      'When it ended; with connection-lost when the session began, as the last will is written then.',
    ),
  },
  { ...CLOSED, description: 'The device is not connected.' },
);
export type OfflineStatus = Static<typeof OfflineStatus>;

/** What a device says of itself. */
export const DeviceStatus = Type.Union([OnlineStatus, OfflineStatus]);
export type DeviceStatus = Static<typeof DeviceStatus>;
