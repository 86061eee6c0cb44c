import type { LeaveReason } from '@oneface/common/events/event';
import { type FaceCourse, followCourse, startCourse } from './face-course.js';
import type { FacePlace } from './face-place.js';
import { CLEARLY_BETTER } from './limits.js';
import type { Presence, PresenceChange } from './presence.js';
import type { ReportPresence } from './report-options.js';
import type { Sight } from './sight.js';

/** A face in a frame, its place and how good the view is. */
export interface FoundFace {
  readonly sight: Sight;
  readonly place: FacePlace;
  readonly quality: number;
}

/** A face that is followed over frames. It keeps its best sight, no frame. */
export class Track {
  readonly #first: Sight['facts'];
  #course: FaceCourse;
  #lastSeen: number;
  #frames = 1;
  #missed = 0;
  #best: FoundFace;
  #id: number | undefined;
  #reported = { at: 0, quality: 0 };

  constructor(face: FoundFace) {
    const { facts } = face.sight;
    this.#first = facts;
    this.#lastSeen = facts.arrivedAt;
    this.#course = startCourse(face.place, facts.arrivedAt);
    this.#best = face;
  }

  get course(): FaceCourse {
    return this.#course;
  }

  /** Whether its enter was told. */
  get confirmed(): boolean {
    return this.#id !== undefined;
  }

  /** Frames in which it was found. */
  get frames(): number {
    return this.#frames;
  }

  /** Frames in a row in which it was not. */
  get missed(): number {
    return this.#missed;
  }

  /** Milliseconds of the monotonic clock. */
  get lastSeen(): number {
    return this.#lastSeen;
  }

  /** The face was found again. */
  see(face: FoundFace): void {
    const { arrivedAt } = face.sight.facts;
    this.#course = followCourse(this.#course, face.place, arrivedAt);
    this.#lastSeen = arrivedAt;
    this.#frames += 1;
    this.#missed = 0;
    if (face.quality > this.#best.quality) this.#best = face;
  }

  /** A frame was looked at that does not show it. */
  miss(): void {
    this.#missed += 1;
  }

  /** It is a presence from now on. */
  enter(id: number): PresenceChange {
    this.#id = id;
    return { kind: 'enter', presence: this.#report(id) };
  }

  /** An update, when there is something to tell: a clearly better frame, or that it is still there. */
  update({ betterSeconds, updateSeconds }: ReportPresence): PresenceChange | undefined {
    if (this.#id === undefined) return undefined;
    const seconds = (this.#lastSeen - this.#reported.at) / 1000;
    const better = this.#best.quality - this.#reported.quality >= CLEARLY_BETTER;
    if (seconds < (better ? Math.min(betterSeconds, updateSeconds) : updateSeconds)) return undefined;
    return { kind: 'update', presence: this.#report(this.#id) };
  }

  /** Its end, if anybody was told of it. */
  leave(reason: LeaveReason): PresenceChange | undefined {
    if (this.#id === undefined) return undefined;
    return { kind: 'leave', reason, presence: this.#report(this.#id) };
  }

  #report(id: number): Presence {
    this.#reported = { at: this.#lastSeen, quality: this.#best.quality };
    return {
      id,
      since: this.#first.capturedAt,
      milliseconds: this.#lastSeen - this.#first.arrivedAt,
      frames: this.#frames,
      best: this.#best.sight,
    };
  }
}
