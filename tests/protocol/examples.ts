import type { Command } from '@oneface/common/commands/command';
import type { Reply } from '@oneface/common/commands/reply';
import type { SegmentationEvent } from '@oneface/common/events/event';
import type { DeviceStatus } from '@oneface/common/events/status';
import type { DeviceHealth } from '@oneface/common/health/health';
import { ENTER, FACE, LEAVE, NO_FACE, OFFLINE, ONLINE, UPDATE } from '../events/examples.js';

const { boot, time } = FACE;
const QUANTILES = { p50: 4.5, p95: 6, p99: 9.25 };

const HEALTH: DeviceHealth = {
  schemaVersion: 1,
  device: 'door-1',
  site: 'lobby',
  boot,
  historical: true,
  time,
  timeQuality: 'unknown',
  version: '0.1.0-rc.1',
  model: FACE.model.digest,
  uptimeSeconds: 61,
  starts: 7,
  camera: { state: 'dark', since: time, counts: { starting: 1, online: 2, 'no-device': 0 }, restarts: 5 },
  frames: { captured: 110, analysed: 100, dropped: 6, unreadable: 4, faces: 42 },
  latency: { decode: QUANTILES, find: QUANTILES, publish: QUANTILES },
  outbox: {
    kept: true,
    messages: 12,
    bytes: 3456,
    oldestSeconds: 8,
    dropped: { health: 3, reply: 2, event: 1 },
  },
  broker: { session: 9, sharedId: false },
  memory: { residentBytes: 99_000_000 },
  temperatureCelsius: 48.5,
};

const COMMAND = { schemaVersion: 1, id: 'command-1', expires: time } as const;
const SET: Command = { ...COMMAND, command: 'set-config', path: 'frames.perSecond', value: { any: [null] } };
const REPLY = { schemaVersion: 1, device: 'door-1', site: 'lobby', boot, time } as const;
const KNOWN = { ...REPLY, id: 'command-1', command: 'capture', repeated: true } as const;
const ERROR = { code: 'busy', message: 'Too many commands at once' } as const;

/** A payload of every kind that a channel carries, with the fields that may be left out. */
export const EXAMPLES: Readonly<{
  events: readonly SegmentationEvent[];
  status: readonly DeviceStatus[];
  health: readonly DeviceHealth[];
  commands: readonly Command[];
  replies: readonly Reply[];
}> = {
  events: [FACE, NO_FACE, ENTER, UPDATE, LEAVE],
  status: [ONLINE, OFFLINE],
  health: [HEALTH],
  commands: [
    { ...COMMAND, command: 'capture' },
    { ...COMMAND, command: 'send-health' },
    SET,
    { ...COMMAND, command: 'restart' },
    { ...COMMAND, command: 'identify', seconds: 30 },
    { ...COMMAND, command: 'diagnose' },
  ],
  replies: [
    { state: 'accepted', ...KNOWN },
    { state: 'executing', ...KNOWN },
    { state: 'successful', ...KNOWN, result: { faces: 1, frame: { width: 640 } } },
    { state: 'failed', ...KNOWN, error: ERROR },
    { state: 'rejected', ...REPLY, error: ERROR },
  ],
};
