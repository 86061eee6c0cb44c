import { classSet } from '@oneface/common/classes/class-sets';
import {
  EVENT_SCHEMA_VERSION,
  type FaceEvent,
  type NoFaceReason,
  type SegmentationEvent,
} from '@oneface/common/events/event';
import { validateEvent } from '@oneface/common/events/parse';
import type { Point } from '@oneface/common/images/affine';
import type { Box } from '@oneface/common/images/box';
import { encodeRle } from '@oneface/common/masks/rle';
import type { ModelSpec } from '@oneface/common/models/model-spec';
import type { DeviceAddress } from '@oneface/common/topics/topics';
import type { FrameFacts } from '../capture/frame-facts.js';
import type { LogPosition } from '../outbox/outbox.js';
import type { Presence, PresenceChange } from '../presence/presence.js';
import { type FaceShape, type Sight, sightsOf } from '../presence/sight.js';
import type { FrameAnalysis } from '../vision/analyse-frame.js';

/** What all events of one run of the agent share. */
export interface EventSource extends DeviceAddress {
  /** 32 hex digits, new with every start. */
  readonly boot: string;
  readonly model: { readonly digest: string; readonly classSet: ModelSpec['classSet'] };
}

/**
 * Makes an event once its place in the log is known. The work (masks, rounding, checking) is done here, not
 * before.
 *
 * @throws InputError when the schema does not allow the event
 */
export type BuildEvent = (position: LogPosition) => SegmentationEvent;

/** Turns what was seen into events. */
export interface EventFactory {
  /** One `face` event for each face of a frame, or one `no-face`. */
  ofFrame(facts: FrameFacts, analysis: FrameAnalysis): BuildEvent[];
  /** An `enter`, `update` or `leave` that shows the best frame so far. */
  ofPresence(change: PresenceChange): BuildEvent;
}

/**
 * Makes the event factory of one run of the agent.
 *
 * Coordinates are rounded to a hundredth of a pixel, times to a microsecond, and every event is checked
 * against the schema: nothing that it does not name leaves the device.
 */
export function createEventFactory(source: EventSource): EventFactory {
  const { device, site, boot, model } = source;

  function head({ log, sequence }: LogPosition, { facts, frame, timings }: Omit<Sight, 'face'>) {
    const { find, segment, measure } = timings;
    return {
      schemaVersion: EVENT_SCHEMA_VERSION,
      device,
      ...(site !== undefined && { site }),
      boot,
      log: { id: log.id, kept: log.kept },
      sequence,
      time: new Date(facts.capturedAt).toISOString(),
      timeQuality: facts.timeQuality,
      frame: { number: facts.number, ...frame },
      model,
      timings: {
        decode: rounded(facts.decode, 1000),
        find: rounded(find, 1000),
        ...(segment !== undefined && { segment: rounded(segment, 1000) }),
        ...(measure !== undefined && { measure: rounded(measure, 1000) }),
      },
    } as const;
  }

  return {
    ofFrame(facts, analysis) {
      const { width, height, timings, reason } = analysis;
      if (reason !== undefined)
        return [noFace({ facts, frame: { width, height, faces: 0 }, timings }, reason)];
      return sightsOf(facts, analysis).map(
        (sight) => (position) =>
          validateEvent({
            kind: 'face',
            ...head(position, sight),
            face: toFace(sight.face, model.classSet),
          }),
      );
    },
    ofPresence(change) {
      const { kind, presence } = change;
      return (position) =>
        validateEvent({
          kind,
          ...head(position, presence.best),
          presence: { ...toPresence(presence), ...(kind === 'leave' && { reason: change.reason }) },
          face: toFace(presence.best.face, model.classSet),
        });
    },
  };

  function noFace(frame: Omit<Sight, 'face'>, reason: NoFaceReason): BuildEvent {
    return (position) => validateEvent({ kind: 'no-face', ...head(position, frame), reason });
  }
}

function toPresence({ id, since, milliseconds, frames }: Presence) {
  return { id, since: new Date(since).toISOString(), milliseconds: rounded(milliseconds, 1000), frames };
}

function toFace(face: FaceShape, set: ModelSpec['classSet']): unknown {
  const { classes } = classSet(set);
  const { leftEye, rightEye, mouth } = face.landmarks;
  return {
    box: toBox(face.box),
    score: rounded(face.score, 10_000),
    alignment: {
      gridToFrame: face.gridToFrame.map((value) => rounded(value, 1_000_000)),
      landmarks: { leftEye: toPoint(leftEye), rightEye: toPoint(rightEye), mouth: toPoint(mouth) },
      roll: rounded(face.roll, 100),
    },
    parts: face.parts.map((part) => ({
      name: classes[part.label].name,
      area: rounded(part.area, 100),
      box: toBox(part.box),
      centroid: toPoint(part.centroid),
      confidence: rounded(part.confidence, 10_000),
      mask: encodeRle(face.labels, part.label),
    })),
  } satisfies Record<keyof FaceEvent['face'], unknown>;
}

function toPoint({ x, y }: Point): Point {
  return { x: rounded(x, 100), y: rounded(y, 100) };
}

function toBox({ x, y, width, height }: Box): Box {
  return { x: rounded(x, 100), y: rounded(y, 100), width: rounded(width, 100), height: rounded(height, 100) };
}

/** To the nearest n-th. JSON has no -0, so neither does an event. */
function rounded(value: number, n: number): number {
  return Math.round(value * n) / n + 0;
}
