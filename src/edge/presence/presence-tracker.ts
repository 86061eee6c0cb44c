import type { LeaveReason } from '@oneface/common/events/event';
import type { Raster } from '@oneface/common/images/raster';
import type { FrameFacts } from '../capture/frame-facts.js';
import type { Clock } from '../clock/clock.js';
import type { FrameAnalysis } from '../vision/analyse-frame.js';
import { assign } from './assignment.js';
import { deviation } from './face-course.js';
import { placeOf } from './face-place.js';
import { MOST_MISSES_UNCONFIRMED, MOST_PRESENCES, UNCONFIRMED_COST } from './limits.js';
import type { PresenceChange } from './presence.js';
import { qualityOf } from './quality.js';
import type { ReportPresence } from './report-options.js';
import { sharpnessOf } from './sharpness.js';
import { sightsOf } from './sight.js';
import { type FoundFace, Track } from './track.js';

/** Makes presences of the faces that come and go in frames. */
export interface PresenceTracker {
  /**
   * A frame was looked at.
   *
   * @param picture the frame, for telling sharp views from blurred ones; not kept. Without it they count alike
   */
  observe(facts: FrameFacts, analysis: FrameAnalysis, picture?: Raster): PresenceChange[];
  /** Frames come, but nobody looks at them. Faces that were not seen for long enough are gone. */
  unseen(): PresenceChange[];
  /** The camera has given no frames for a while: every presence ends. */
  noFrames(): PresenceChange[];
  /** There will be no more frames: every presence ends. */
  stop(): PresenceChange[];
}

export interface PresenceTrackerDeps {
  /** The clock that `FrameFacts.arrivedAt` goes by. */
  readonly clock: Pick<Clock, 'monotonic'>;
}

/**
 * Makes a tracker. It matches the faces of each frame with those it follows, by place and size; it does not
 * know people, so two who change places out of view stay one presence each. Only the monotonic clock
 * counts; wall clock times are passed on.
 */
export function createPresenceTracker(
  options: ReportPresence,
  { clock }: PresenceTrackerDeps,
): PresenceTracker {
  return new Tracker(options, clock);
}

class Tracker implements PresenceTracker {
  readonly #options: ReportPresence;
  readonly #clock: Pick<Clock, 'monotonic'>;
  #tracks: Track[] = [];
  #lastId = 0;

  constructor(options: ReportPresence, clock: Pick<Clock, 'monotonic'>) {
    this.#options = options;
    this.#clock = clock;
  }

  observe(facts: FrameFacts, analysis: FrameAnalysis, picture?: Raster): PresenceChange[] {
    const faces = sightsOf(facts, analysis).map(
      (sight): FoundFace => ({
        sight,
        place: placeOf(sight.face.landmarks),
        quality:
          qualityOf(sight.face) * (picture === undefined ? 1 : sharpnessOf(picture, sight.face.landmarks)),
      }),
    );
    this.#match(faces, facts.arrivedAt);
    const left = this.#dropUnseen(facts.arrivedAt);
    return [...left, ...this.#tracks.flatMap((track) => this.#news(track) ?? [])];
  }

  unseen(): PresenceChange[] {
    return this.#dropUnseen(this.#clock.monotonic());
  }

  noFrames(): PresenceChange[] {
    return this.#dropAll('no-frames');
  }

  stop(): PresenceChange[] {
    return this.#dropAll('stopped');
  }

  #match(faces: readonly FoundFace[], at: number): void {
    const columns = assign(
      this.#tracks.map((track) =>
        faces.map(({ place }) => {
          const cost = deviation(track.course, place, at);
          return cost === undefined || track.confirmed ? cost : cost + UNCONFIRMED_COST;
        }),
      ),
    );
    const fresh = new Set(faces);
    for (const [index, track] of this.#tracks.entries()) {
      const column = columns[index];
      if (column === undefined) {
        track.miss();
        continue;
      }
      track.see(faces[column]);
      fresh.delete(faces[column]);
    }
    // When not all can be followed, those nearest to the camera are.
    const nearest = [...fresh].sort((a, b) => b.place.side - a.place.side);
    const room = MOST_PRESENCES - this.#tracks.length;
    this.#tracks.push(...nearest.slice(0, Math.max(0, room)).map((face) => new Track(face)));
  }

  /** What there is to tell of a face after a frame in which it was found. */
  #news(track: Track): PresenceChange | undefined {
    if (track.missed > 0) return undefined;
    if (track.confirmed) return track.update(this.#options);
    if (track.frames < this.#options.confirmFrames) return undefined;
    this.#lastId += 1;
    return track.enter(this.#lastId);
  }

  #dropUnseen(now: number): PresenceChange[] {
    const longest = this.#options.leaveSeconds * 1000;
    const isGone = (track: Track) =>
      now - track.lastSeen >= longest || (!track.confirmed && track.missed > MOST_MISSES_UNCONFIRMED);
    const gone = this.#tracks.filter(isGone);
    this.#tracks = this.#tracks.filter((track) => !gone.includes(track));
    return gone.flatMap((track) => track.leave('left') ?? []);
  }

  #dropAll(reason: LeaveReason): PresenceChange[] {
    const tracks = this.#tracks;
    this.#tracks = [];
    return tracks.flatMap((track) => track.leave(reason) ?? []);
  }
}
