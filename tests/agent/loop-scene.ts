import { UnavailableError } from '@oneface/common/errors/errors';
import { createFrameLoop, type FrameLoop } from '@oneface/edge/capture/frame-loop';
import type { FrameLoopParts } from '@oneface/edge/capture/frame-loop-parts';
import type { Frame, FrameSource } from '@oneface/edge/frames/frame-source';
import { createLogger } from '@oneface/edge/logging/logger';
import { analysisOf, faceAt } from '../presence/faces.js';
import { SimulatedTime } from '../support/simulated-time.js';

/** A signal that nobody aborts. */
export const never = (): AbortSignal => new AbortController().signal;
export const PICTURE = { width: 1, height: 1, data: new Uint8Array(3) };
export const NOTHING = analysisOf([]);
export const FACE = analysisOf([faceAt(320, 240, 200)]);

const frameNamed = (name: string): Frame => ({ bytes: new Uint8Array(1), capturedAt: 1000, name });

/** A source that gives what it was made of: frames by name, or an error instead of one. */
export function sourceOf(...steps: (string | Error)[]): FrameSource {
  const left = steps.values();
  return {
    name: 'test',
    counts: { dropped: 7, restarts: 0 },
    async next() {
      const { value, done } = left.next();
      if (done) return undefined;
      if (value instanceof Error) throw value;
      return frameNamed(value);
    },
    close: async () => {},
  };
}

/** A camera that has a frame at any time, for ever. */
export function endlessSource(): FrameSource {
  let count = 0;
  return { ...sourceOf(), next: async () => frameNamed(`#${++count}`) };
}

/** A source that hangs until it is told to give up. */
export function hangingSource(): FrameSource {
  return {
    ...sourceOf(),
    next: (signal) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
  };
}

export interface Scene {
  readonly time: SimulatedTime;
  readonly loop: FrameLoop;
  /** What was reported, in order: frames as "1", "1 requested", and "unseen", "no-frames", "stop". */
  readonly reported: string[];
  /** When frames were looked at. */
  readonly looks: number[];
  readonly logged: string[];
}

/** A loop in simulated time, each decoding takes `work` milliseconds of it. */
export function scene(source: FrameSource, changes: Partial<FrameLoopParts> = {}, work = 0): Scene {
  const time = new SimulatedTime();
  const reported: string[] = [];
  const looks: number[] = [];
  const logged: string[] = [];
  const note = async (what: string) => void reported.push(what);
  const loop = createFrameLoop({
    source,
    decode: async ({ name }) => {
      time.spend(work);
      if (name.startsWith('broken')) throw new UnavailableError(`${name} is no picture`);
      looks.push(time.clock.monotonic());
      return PICTURE;
    },
    glance: async () => PICTURE,
    analyse: async () => NOTHING,
    report: {
      frame: ({ number }, _analysis, _picture, requested) =>
        note(`${number}${requested ? ' requested' : ''}`),
      unseen: () => note('unseen'),
      noFrames: () => note('no-frames'),
      stop: () => note('stop'),
    },
    timeQuality: () => 'synchronised',
    clock: time.clock,
    sleep: time.sleep,
    log: createLogger({ level: 'info', format: 'text', now: () => 0, write: (line) => logged.push(line) }),
    perSecond: 10,
    idlePerSecond: 1,
    wake: { mode: 'always' },
    ...changes,
  });
  return { time, loop, reported, looks, logged };
}
