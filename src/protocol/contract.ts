import type { TSchema } from '@sinclair/typebox';
import { Command } from '../common/commands/command.js';
import { Reply } from '../common/commands/reply.js';
import { SegmentationEvent } from '../common/events/event.js';
import { DeviceStatus } from '../common/events/status.js';
import { DeviceHealth } from '../common/health/health.js';
import type { Channel } from '../common/topics/topics.js';

/** What goes over one topic of a device. */
export interface ChannelContract {
  /** Name of the payload in AsyncAPI and of its JSON Schema file. */
  readonly name: string;
  readonly payload: TSchema;
  /** Who publishes. */
  readonly from: 'device' | 'backend';
  readonly qos: 1;
  readonly retained: boolean;
  readonly description: string;
}

/** The whole contract between devices and a backend, one entry for each topic of a device. */
export const CONTRACT: Readonly<Record<Channel, ChannelContract>> = {
  events: {
    name: 'SegmentationEvent',
    payload: SegmentationEvent,
    from: 'device',
    qos: 1,
    retained: false,
    description: 'What the device saw: presences, or faces frame by frame.',
  },
  status: {
    name: 'DeviceStatus',
    payload: DeviceStatus,
    from: 'device',
    qos: 1,
    retained: true,
    description: 'Birth, death and last will.',
  },
  health: {
    name: 'DeviceHealth',
    payload: DeviceHealth,
    from: 'device',
    qos: 1,
    retained: true,
    description: 'How the device is: figures and states.',
  },
  commands: {
    name: 'Command',
    payload: Command,
    from: 'backend',
    qos: 1,
    retained: false,
    description: 'What the device is asked to do. Never publish one retained: the device refuses it.',
  },
  replies: {
    name: 'Reply',
    payload: Reply,
    from: 'device',
    qos: 1,
    retained: false,
    description: 'What became of a command, state by state.',
  },
};
