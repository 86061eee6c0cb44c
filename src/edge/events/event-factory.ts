import { classSet } from '@oneface/common/classes/class-sets';
import {
  EVENT_SCHEMA_VERSION,
  type FaceEvent,
  type SegmentationEvent,
  type TimeQuality,
} from '@oneface/common/events/event';
import { validateEvent } from '@oneface/common/events/parse';
import type { Point } from '@oneface/common/images/affine';
import type { Box } from '@oneface/common/images/box';
import { encodeRle } from '@oneface/common/masks/rle';
import type { ModelSpec } from '@oneface/common/models/model-spec';
import type { DeviceAddress } from '@oneface/common/topics/topics';
import type { FaceAnalysis, FrameAnalysis } from '../vision/analyse-frame.js';

/** What all events of one run of the agent share. */
export interface EventSource extends DeviceAddress {
  /** 32 hex digits, new with every start. */
  readonly boot: string;
  readonly model: { readonly digest: string; readonly classSet: ModelSpec['classSet'] };
}

/** What is known of a frame before anybody looks at it. */
export interface FrameFacts {
  /** Counts the frames of this boot from 1. */
  readonly number: number;
  /** Milliseconds since 1970. */
  readonly capturedAt: number;
  readonly timeQuality: TimeQuality;
  /** Milliseconds that decoding took. */
  readonly decode: number;
}

/**
 * Makes the function that turns what was seen in a frame into an event, and numbers the events.
 *
 * Coordinates are rounded to a hundredth of a pixel, times to a microsecond, and every event is checked
 * against the schema: nothing that it does not name leaves the device.
 */
export function createEventFactory(
  source: EventSource,
): (facts: FrameFacts, analysis: FrameAnalysis) => SegmentationEvent {
  const { device, site, boot, model } = source;
  let sequence = 0;
  return (facts, analysis) => {
    sequence += 1;
    const { find, segment, measure } = analysis.timings;
    const head = {
      schemaVersion: EVENT_SCHEMA_VERSION,
      device,
      ...(site !== undefined && { site }),
      boot,
      sequence,
      time: new Date(facts.capturedAt).toISOString(),
      timeQuality: facts.timeQuality,
      frame: { number: facts.number, width: analysis.width, height: analysis.height },
      model,
      timings: {
        decode: rounded(facts.decode, 3),
        find: rounded(find, 3),
        ...(segment !== undefined && { segment: rounded(segment, 3) }),
        ...(measure !== undefined && { measure: rounded(measure, 3) }),
      },
    } as const;
    return validateEvent(
      analysis.face === undefined
        ? { kind: 'no-face', ...head, reason: analysis.reason }
        : { kind: 'face', ...head, face: toFace(analysis.face, model.classSet) },
    );
  };
}

function toFace(face: FaceAnalysis, set: ModelSpec['classSet']): unknown {
  const { classes } = classSet(set);
  const { leftEye, rightEye, mouth } = face.landmarks;
  return {
    box: toBox(face.box),
    score: rounded(face.score, 4),
    alignment: {
      gridToFrame: face.gridToFrame.map((value) => rounded(value, 6)),
      landmarks: { leftEye: toPoint(leftEye), rightEye: toPoint(rightEye), mouth: toPoint(mouth) },
      roll: rounded(face.roll, 2),
    },
    parts: face.parts.map((part) => ({
      name: classes[part.label].name,
      area: rounded(part.area, 2),
      box: toBox(part.box),
      centroid: toPoint(part.centroid),
      confidence: rounded(part.confidence, 4),
      mask: encodeRle(face.labels, part.label),
    })),
  } satisfies Record<keyof FaceEvent['face'], unknown>;
}

function toPoint({ x, y }: Point): Point {
  return { x: rounded(x, 2), y: rounded(y, 2) };
}

function toBox({ x, y, width, height }: Box): Box {
  return { x: rounded(x, 2), y: rounded(y, 2), width: rounded(width, 2), height: rounded(height, 2) };
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
