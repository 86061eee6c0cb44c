import type {
  EnterEvent,
  FaceEvent,
  LeaveEvent,
  NoFaceEvent,
  UpdateEvent,
} from '@oneface/common/events/event';
import type { DeviceStatus } from '@oneface/common/events/status';

const HEAD = {
  schemaVersion: 2,
  device: 'door-1',
  site: 'lobby',
  boot: '0123456789abcdef0123456789abcdef',
  log: { id: '00ff'.repeat(8), kept: true },
  sequence: 7,
  time: '2026-03-01T12:30:00.000Z',
  timeQuality: 'synchronised',
  frame: { number: 9, width: 640, height: 480, faces: 1 },
  model: { digest: 'ab'.repeat(32), classSet: 'face-3' },
} as const;

const TIMINGS = { decode: 4.5, find: 11.2, segment: 6.25, measure: 0.5 };

/** A face with one part: an eye of 2x2 cells in the middle of a grid of 4x4. */
export const FACE: FaceEvent = {
  kind: 'face',
  ...HEAD,
  timings: TIMINGS,
  face: {
    box: { x: 200, y: 120.5, width: 160, height: 190 },
    score: 0.87,
    alignment: {
      gridToFrame: [50, 0, 180, 0, 50, 100],
      landmarks: { leftEye: { x: 250, y: 200 }, rightEye: { x: 310, y: 201 }, mouth: { x: 280, y: 260 } },
      roll: 0.95,
    },
    parts: [
      {
        name: 'eye',
        area: 10_000,
        box: { x: 230, y: 150, width: 100, height: 100 },
        centroid: { x: 280, y: 200 },
        confidence: 0.93,
        mask: { size: [4, 4], counts: '52203' },
      },
    ],
  },
};

export const NO_FACE: NoFaceEvent = {
  kind: 'no-face',
  ...HEAD,
  frame: { ...HEAD.frame, faces: 0 },
  timings: { decode: 4.5, find: 11.2 },
  reason: 'nothing-found',
};

const PRESENCE = { id: 3, since: '2026-03-01T12:29:58.000Z', milliseconds: 2300, frames: 12 };

export const ENTER: EnterEvent = {
  kind: 'enter',
  ...HEAD,
  timings: TIMINGS,
  presence: PRESENCE,
  face: FACE.face,
};

export const UPDATE: UpdateEvent = { ...ENTER, kind: 'update', historical: true };

export const LEAVE: LeaveEvent = { ...ENTER, kind: 'leave', presence: { ...PRESENCE, reason: 'left' } };

const STATUS_HEAD = {
  schemaVersion: 1,
  device: 'door-1',
  boot: HEAD.boot,
  session: 2,
  version: '0.1.0',
  model: HEAD.model.digest,
  since: '2026-03-01T12:00:00.000Z',
} as const;

export const ONLINE: DeviceStatus = { state: 'online', ...STATUS_HEAD };
export const OFFLINE: DeviceStatus = { state: 'offline', ...STATUS_HEAD, reason: 'connection-lost' };
