import { UnavailableError } from '@oneface/common/errors/errors';
import { type FrameLoopParts, runFrameLoop } from '@oneface/edge/agent/frame-loop';
import type { FrameFacts } from '@oneface/edge/events/event-factory';
import type { Frame, FrameSource } from '@oneface/edge/frames/frame-source';
import { createLogger } from '@oneface/edge/logging/logger';
import type { FrameAnalysis } from '@oneface/edge/vision/analyse-frame';
import test from 'ava';

const NEVER = new AbortController().signal;
const PICTURE = { width: 1, height: 1, data: new Uint8Array(3) };
const NOTHING: FrameAnalysis = {
  width: 1,
  height: 1,
  timings: { find: 2 },
  passes: 1,
  reason: 'nothing-found',
};

/** A source that gives what it was made of: frames by name, or an error instead of one. */
function sourceOf(...steps: (string | Error)[]): FrameSource {
  const left = steps.values();
  return {
    name: 'test',
    async next() {
      const { value, done } = left.next();
      if (done) return undefined;
      if (value instanceof Error) throw value;
      return { bytes: new Uint8Array(1), capturedAt: 1000, name: value };
    },
    close: async () => {},
  };
}

interface Scene {
  readonly parts: FrameLoopParts;
  readonly reported: FrameFacts[];
  readonly pauses: number[];
  readonly logged: string[];
}

/** A loop whose clock moves only while it sleeps, and by `work` milliseconds in each decoding. */
function scene(source: FrameSource, changes: Partial<FrameLoopParts> = {}, work = 0): Scene {
  const reported: FrameFacts[] = [];
  const pauses: number[] = [];
  const logged: string[] = [];
  let time = 0;
  const parts: FrameLoopParts = {
    source,
    decode: async (frame: Frame) => {
      time += work;
      if (frame.name.startsWith('broken')) throw new UnavailableError(`${frame.name} is no picture`);
      return PICTURE;
    },
    analyse: async () => NOTHING,
    report: (facts) => void reported.push(facts),
    timeQuality: () => 'synchronised',
    clock: { now: () => time, monotonic: () => time },
    sleep: async (milliseconds) => {
      pauses.push(milliseconds);
      time += milliseconds;
    },
    log: createLogger({ level: 'info', format: 'text', now: () => 0, write: (line) => logged.push(line) }),
    perSecond: 10,
    ...changes,
  };
  return { parts, reported, pauses, logged };
}

test('every frame is reported with its number until the source ends', async (t) => {
  const { parts, reported } = scene(sourceOf('a', 'b', 'c'), {}, 7);
  const counts = await runFrameLoop(parts, NEVER);
  t.deepEqual(counts, { frames: 3, faces: 0, withoutFace: 3, unreadable: 0, missed: 0 });
  t.deepEqual(
    reported,
    [1, 2, 3].map((number) => ({ number, capturedAt: 1000, timeQuality: 'synchronised', decode: 7 })),
  );
});

test('a frame that is no picture is logged and leaves a gap in the frame numbers', async (t) => {
  const { parts, reported, logged } = scene(sourceOf('a', 'broken.jpg', 'c'));
  const counts = await runFrameLoop(parts, NEVER);
  t.is(counts.unreadable, 1);
  t.deepEqual(
    reported.map(({ number }) => number),
    [1, 3],
  );
  t.regex(
    logged.join(''),
    /warn {2}frame left out frame=2 name=broken\.jpg error="broken\.jpg is no picture"/,
  );
});

test('a source that fails is logged, left in peace for a second and asked again', async (t) => {
  const { parts, reported, pauses, logged } = scene(sourceOf('a', new UnavailableError('unplugged'), 'b'));
  const counts = await runFrameLoop(parts, NEVER);
  t.is(counts.missed, 1);
  t.is(reported.length, 2);
  t.deepEqual(pauses, [0, 100, 1000, 100]);
  t.regex(logged.join(''), /warn {2}no frame source=test error=unplugged/);
});

test('frames are taken no faster than the rate, and work counts towards the pause', async (t) => {
  const { parts, pauses } = scene(sourceOf('a', 'b', 'c'), { perSecond: 20 }, 30);
  await runFrameLoop(parts, NEVER);
  t.deepEqual(pauses, [0, 20, 20, 20]);
  const slow = scene(sourceOf('a', 'b'), { perSecond: 20 }, 80);
  await runFrameLoop(slow.parts, NEVER);
  t.deepEqual(slow.pauses, [0, 0, 0]);
});

test('the loop ends after the limit, unreadable frames included', async (t) => {
  const { parts, reported } = scene(sourceOf('a', 'broken', 'c', 'd'), { limit: 3 });
  const counts = await runFrameLoop(parts, NEVER);
  t.is(counts.frames, 3);
  t.is(reported.length, 2);
});

test('a stop ends the loop after the frame in work', async (t) => {
  const stop = new AbortController();
  const { parts, reported } = scene(sourceOf('a', 'b'), {
    analyse: async () => {
      stop.abort();
      return NOTHING;
    },
  });
  await runFrameLoop(parts, stop.signal);
  t.is(reported.length, 1);
});

test('a stop ends the wait for a frame', async (t) => {
  const stop = new AbortController();
  const source: FrameSource = {
    name: 'hangs',
    next: (signal) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    close: async () => {},
  };
  const loop = runFrameLoop(scene(source).parts, stop.signal);
  setImmediate(() => stop.abort());
  t.is((await loop).frames, 0);
});

test('a defect in the source, the decoder or the analysis is not taken for a bad frame', async (t) => {
  const defect = async () => {
    throw new TypeError('defect');
  };
  const loops = [
    scene(sourceOf(new TypeError('defect'))),
    scene(sourceOf('a'), { decode: defect }),
    scene(sourceOf('a'), { analyse: defect }),
  ];
  for (const { parts } of loops) {
    await t.throwsAsync(runFrameLoop(parts, NEVER), { instanceOf: TypeError, message: 'defect' });
  }
});
