import type { Raster } from '@oneface/common/images/raster';
import type { FrameFacts } from '@oneface/edge/capture/frame-facts';
import type { PresenceChange } from '@oneface/edge/presence/presence';
import { createPresenceTracker, type PresenceTracker } from '@oneface/edge/presence/presence-tracker';
import type { ReportPresence } from '@oneface/edge/presence/report-options';
import type { FaceAnalysis } from '@oneface/edge/vision/analyse-frame';
import { analysisOf, faceAt } from './faces.js';

export const OPTIONS: ReportPresence = {
  mode: 'presence',
  confirmFrames: 3,
  updateSeconds: 30,
  betterSeconds: 1,
  leaveSeconds: 2,
};

/** A tracker, its clock, and all that it told so far. */
export class Watch {
  readonly told: PresenceChange[] = [];
  readonly tracker: PresenceTracker;
  /** The monotonic clock in milliseconds. */
  now = 0;
  /** The wall clock; goes with the other one unless a test turns it. */
  wallClock = (now: number) => Date.UTC(2026, 2, 1) + now;
  #frames = 0;

  constructor(options: Partial<ReportPresence> = {}) {
    this.tracker = createPresenceTracker(
      { ...OPTIONS, ...options },
      { clock: { monotonic: () => this.now } },
    );
  }

  /** A frame with these faces, `milliseconds` after the last one. */
  frame(milliseconds: number, ...faces: FaceAnalysis[]): PresenceChange[] {
    return this.frameOf(undefined, milliseconds, ...faces);
  }

  /** The same with its picture. */
  frameOf(picture: Raster | undefined, milliseconds: number, ...faces: FaceAnalysis[]): PresenceChange[] {
    this.now += milliseconds;
    this.#frames += 1;
    const facts: FrameFacts = {
      number: this.#frames,
      capturedAt: this.wallClock(this.now),
      arrivedAt: this.now,
      timeQuality: 'unknown',
      decode: 1,
    };
    return this.note(this.tracker.observe(facts, analysisOf(faces), picture));
  }

  note(changes: PresenceChange[]): PresenceChange[] {
    this.told.push(...changes);
    return changes;
  }

  /** What was told, as "enter 1", "update 1", "leave 1 left". */
  get story(): string[] {
    return this.told.map((change) => {
      const reason = change.kind === 'leave' ? ` ${change.reason}` : '';
      return `${change.kind} ${change.presence.id}${reason}`;
    });
  }

  /** The story without updates. */
  get comings(): string[] {
    return this.story.filter((line) => !line.startsWith('update'));
  }
}

/** A walker at a time in seconds: the middle and the side of the template in pixels. */
export interface Walk {
  readonly x: number;
  readonly y: number;
  readonly side: number;
  /** Sides of the template a second. */
  readonly across: number;
  /** Share that the side grows in a second. */
  readonly growth: number;
}

/** The walker's face after so many seconds, off by the finder's scatter (in sides of the template). */
export function walkerAt(
  { x, y, side, across, growth }: Walk,
  seconds: number,
  scatter = { x: 0, y: 0, side: 0 },
) {
  const now = side * (1 + growth * seconds);
  return faceAt(x + across * side * seconds + scatter.x * now, y + scatter.y * now, now * (1 + scatter.side));
}
