import { setImmediate } from 'node:timers/promises';
import { type OnefaceError, UnavailableError } from '@oneface/common/errors/errors';
import type { Raster } from '@oneface/common/images/raster';
import { createFrameLoop, type FrameLoop } from '@oneface/edge/capture/frame-loop';
import type { FrameLoopParts } from '@oneface/edge/capture/frame-loop-parts';
import type { Frame, FrameSource } from '@oneface/edge/frames/frame-source';
import { createLogger } from '@oneface/edge/logging/logger';
import type { FrameAnalysis } from '@oneface/edge/vision/analyse-frame';
import test from 'ava';
import { analysisOf, faceAt } from '../presence/faces.js';
import { SimulatedTime } from '../support/simulated-time.js';

/** A signal that nobody aborts. */
const never = () => new AbortController().signal;
const PICTURE = { width: 1, height: 1, data: new Uint8Array(3) };
const NOTHING = analysisOf([]);
const FACE = analysisOf([faceAt(320, 240, 200)]);

const frameNamed = (name: string): Frame => ({ bytes: new Uint8Array(1), capturedAt: 1000, name });

/** A source that gives what it was made of: frames by name, or an error instead of one. */
function sourceOf(...steps: (string | Error)[]): FrameSource {
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
function endlessSource(): FrameSource {
  let count = 0;
  return { ...sourceOf(), next: async () => frameNamed(`#${++count}`) };
}

/** A source that hangs until it is told to give up. */
function hangingSource(): FrameSource {
  return {
    ...sourceOf(),
    next: (signal) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
  };
}

interface Scene {
  readonly time: SimulatedTime;
  readonly loop: FrameLoop;
  /** What was reported, in order: frames as "1", "1 requested", and "unseen", "no-frames", "stop". */
  readonly reported: string[];
  /** When frames were looked at. */
  readonly looks: number[];
  readonly logged: string[];
}

/** A loop in simulated time, each decoding takes `work` milliseconds of it. */
function scene(source: FrameSource, changes: Partial<FrameLoopParts> = {}, work = 0): Scene {
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

/** A small picture that is dark but for a bright square at a place from 0 to 7. */
function squareAt(place: number): Raster {
  const data = new Uint8Array(64 * 48 * 3).fill(40);
  for (let y = 16; y < 32; y++) data.fill(220, (y * 64 + place * 8) * 3, (y * 64 + place * 8 + 8) * 3);
  return { width: 64, height: 48, data };
}

test('every frame is reported with its number until the source ends', async (t) => {
  const facts: unknown[] = [];
  const report = {
    frame: async (given: object) => void facts.push(given),
    unseen: async () => {},
    noFrames: async () => {},
    stop: async () => {},
  };
  const { time, loop } = scene(sourceOf('a', 'b', 'c'), { report }, 7);
  const counts = await time.until(loop.run(never()));
  t.deepEqual(counts, { frames: 3, analysed: 3, dropped: 7, faces: 0, unreadable: 0, missed: 0 });
  t.deepEqual(
    facts,
    [1, 2, 3].map((number) => ({
      number,
      capturedAt: 1000,
      arrivedAt: (number - 1) * 100,
      timeQuality: 'synchronised',
      decode: 7,
    })),
  );
});

test('a frame that is no picture is logged and leaves a gap in the frame numbers', async (t) => {
  const { time, loop, reported, logged } = scene(sourceOf('a', 'broken.jpg', 'c'));
  const counts = await time.until(loop.run(never()));
  t.is(counts.unreadable, 1);
  t.deepEqual(reported, ['1', '3', 'stop']);
  t.regex(
    logged.join(''),
    /warn {2}frame left out frame=2 name=broken\.jpg error="broken\.jpg is no picture"/,
  );
});

test('a source that fails is logged, told, left in peace for a second and asked again', async (t) => {
  const missed: OnefaceError[] = [];
  const error = new UnavailableError('unplugged');
  const { time, loop, looks, logged } = scene(sourceOf('a', error, 'b'), {
    onMissed: (given) => missed.push(given),
  });
  const counts = await time.until(loop.run(never()));
  t.is(counts.missed, 1);
  t.deepEqual(missed, [error]);
  t.deepEqual(looks, [0, 1100]);
  t.regex(logged.join(''), /warn {2}no frame source=test error=unplugged/);
});

test('a fault that stays is warned of once a minute', async (t) => {
  const faults = Array.from({ length: 100 }, () => new UnavailableError('unplugged'));
  const { time, loop, logged } = scene(sourceOf(...faults));
  await time.until(loop.run(never()));
  t.deepEqual(
    logged.map((line) => /leftOut=(\d+)/.exec(line)?.[1]),
    [undefined, '59'],
  );
});

test('frames are taken no faster than the rate, and work counts towards the pause', async (t) => {
  const { time, loop, looks } = scene(sourceOf('a', 'b', 'c'), { perSecond: 20 }, 30);
  await time.until(loop.run(never()));
  t.deepEqual(looks, [30, 80, 130]);
  const slow = scene(sourceOf('a', 'b'), { perSecond: 20 }, 80);
  await slow.time.until(slow.loop.run(never()));
  t.deepEqual(slow.looks, [80, 160]);
});

test('a late frame does not delay those after it', async (t) => {
  const time = [0, 130, 30, 30];
  const late = scene(sourceOf('a', 'b', 'c', 'd'), {
    decode: async () => {
      late.time.spend(time.shift() ?? 0);
      late.looks.push(late.time.clock.monotonic());
      return PICTURE;
    },
  });
  await late.time.until(late.loop.run(never()));
  // Due at 0, 100, 200 and 300; the second took until 230.
  t.deepEqual(late.looks, [0, 230, 260, 330]);
});

test('the loop ends after the limit, unreadable frames included', async (t) => {
  const { time, loop, reported } = scene(sourceOf('a', 'broken', 'c', 'd'), { limit: 3 });
  const counts = await time.until(loop.run(never()));
  t.is(counts.frames, 3);
  t.deepEqual(reported, ['1', '3', 'stop']);
});

test('a stop ends the loop after the frame in work', async (t) => {
  const stop = new AbortController();
  const { time, loop, reported } = scene(sourceOf('a', 'b'), {
    analyse: async () => {
      stop.abort();
      return NOTHING;
    },
  });
  await time.until(loop.run(stop.signal));
  t.deepEqual(reported, ['1', 'stop']);
});

test('a stop ends the wait for a frame and the pause between frames', async (t) => {
  for (const source of [hangingSource(), endlessSource()]) {
    const stop = new AbortController();
    const { loop } = scene(source);
    const ended = loop.run(stop.signal);
    await setImmediate();
    stop.abort();
    t.true((await ended).frames <= 1);
  }
});

test('a defect in the source, the decoder, the analysis or a report is not taken for a bad frame', async (t) => {
  const defect = async () => {
    throw new TypeError('defect');
  };
  const report = { frame: defect, unseen: defect, noFrames: defect, stop: defect };
  const loops = [
    scene(sourceOf(new TypeError('defect'))),
    scene(sourceOf('a'), { decode: defect }),
    scene(sourceOf('a'), { analyse: defect }),
    scene(sourceOf('a'), { report }),
  ];
  for (const { time, loop } of loops) {
    await t.throwsAsync(time.until(loop.run(never())), { instanceOf: TypeError, message: 'defect' });
  }
});

test('a slow disk holds the loop up before many reports wait', async (t) => {
  let waiting = 0;
  let most = 0;
  const slow = scene(endlessSource(), {
    limit: 30,
    report: {
      frame: async () => {
        most = Math.max(most, ++waiting);
        await slow.time.sleep(1000, never());
        waiting--;
      },
      unseen: async () => {},
      noFrames: async () => {},
      stop: async () => {},
    },
  });
  await slow.time.until(slow.loop.run(never()));
  t.is(most, 8);
  t.is(waiting, 0);
});

test('the heart beats while the loop works, pauses and waits for a camera', async (t) => {
  for (const [source, rate] of [
    [endlessSource(), 10],
    [endlessSource(), 0.01],
    [hangingSource(), 10],
    [sourceOf(...Array.from({ length: 100 }, () => new UnavailableError('unplugged'))), 10],
  ] as const) {
    const beats: number[] = [];
    const { time, loop } = scene(source, {
      perSecond: rate,
      heartbeat: () => beats.push(time.clock.monotonic()),
    });
    const stop = new AbortController();
    const ended = loop.run(stop.signal);
    await time.pass(60_000);
    stop.abort();
    await time.until(ended);
    const gaps = beats.map((beat, index) => beat - (beats[index - 1] ?? 0));
    t.true(Math.max(...gaps) <= 3000);
    t.true(beats.length >= 20);
  }
});

test('a heart that stops is heard: the loop does not beat while the analysis hangs', async (t) => {
  let beats = 0;
  const { time, loop } = scene(endlessSource(), {
    analyse: () => new Promise(() => {}),
    heartbeat: () => {
      beats++;
    },
  });
  void loop.run(never());
  await time.pass(60_000);
  t.is(beats, 1);
});

test('a camera that hangs or fails or gives garbage for 20 seconds is reported once until a picture comes', async (t) => {
  const faults = Array.from({ length: 60 }, () => new UnavailableError('unplugged'));
  const garbage = Array.from({ length: 300 }, () => 'broken');
  for (const source of [hangingSource(), sourceOf(...faults), sourceOf(...garbage)]) {
    const stop = new AbortController();
    const { time, loop, reported } = scene(source);
    const ended = loop.run(stop.signal);
    await time.pass(19_000);
    t.deepEqual(reported, []);
    await time.pass(40_000);
    stop.abort();
    await time.until(ended);
    t.deepEqual(reported, ['no-frames', 'stop']);
  }
  const again = scene(sourceOf(...faults.slice(0, 30), 'a', ...faults.slice(0, 30)));
  await again.time.until(again.loop.run(never()));
  t.deepEqual(again.reported, ['no-frames', '1', 'no-frames', 'stop']);
});

test('a low rate is not taken for a camera without frames', async (t) => {
  const { time, loop, reported } = scene(sourceOf('a', 'b', 'c'), { perSecond: 0.01 });
  await time.until(loop.run(never()));
  t.deepEqual(reported, ['1', '2', '3', 'stop']);
});

test('the stages of a frame are timed, those that did not run are left out', async (t) => {
  const results = [NOTHING, FACE].values();
  const stages: [string, number][] = [];
  const { time, loop } = scene(
    sourceOf('a', 'b'),
    {
      analyse: async () => results.next().value as FrameAnalysis,
      onStage: (...stage) => stages.push(stage),
    },
    5,
  );
  const counts = await time.until(loop.run(never()));
  t.deepEqual(stages, [
    ['decode', 5],
    ['find', 2],
    ['decode', 5],
    ['find', 2],
    ['segment', 1],
    ['measure', 0.5],
  ]);
  t.is(counts.faces, 1);
});

test('without motion or a face only a low rate of small pictures is taken, and nobody looks at them', async (t) => {
  const sizes: number[] = [];
  const { time, loop, looks, reported } = scene(endlessSource(), {
    wake: { mode: 'motion', awakeSeconds: 2, sensitivity: 50 },
    glance: async () => squareAt(0),
    onPicture: ({ width }) => sizes.push(width),
  });
  void loop.run(never());
  await time.pass(10_050);
  // Awake from the start for 2 seconds at 10 a second, then 1 a second.
  t.is(looks.length, 20);
  t.is(reported.filter((what) => what === 'unseen').length, 8);
  t.deepEqual(
    sizes.map((width) => width === 64),
    [...Array(20).fill(false), ...Array(8).fill(true)],
  );
  t.is(loop.counts.analysed, 20);
  t.is(loop.counts.frames, 28);
});

test('motion wakes the loop within two pictures, the second of which is taken soon', async (t) => {
  let place = 0;
  const { time, loop, looks } = scene(endlessSource(), {
    wake: { mode: 'motion', awakeSeconds: 2, sensitivity: 50 },
    glance: async () => squareAt(place),
  });
  void loop.run(never());
  await time.pass(5050);
  const before = looks.length;
  place = 4;
  await time.pass(1200);
  // The small pictures come at 5900, which is suspicious, and at 6000, which is sure.
  t.deepEqual(looks.slice(before), [6000, 6100, 6200]);
});

test('a face in view keeps the loop awake', async (t) => {
  let analysis: FrameAnalysis = FACE;
  const { time, loop, looks } = scene(endlessSource(), {
    wake: { mode: 'trigger', awakeSeconds: 2 },
    analyse: async () => analysis,
  });
  void loop.run(never());
  await time.pass(10_050);
  t.is(looks.length, 101);
  analysis = NOTHING;
  await time.pass(10_000);
  t.is(looks.length, 120);
});

test('a trigger ends the pause at once and wakes the loop', async (t) => {
  let trigger = () => {};
  let released = false;
  const stop = new AbortController();
  const { time, loop, looks } = scene(endlessSource(), {
    wake: { mode: 'trigger', awakeSeconds: 2 },
    triggers: (listener) => {
      trigger = listener;
      return () => {
        released = true;
      };
    },
  });
  const ended = loop.run(stop.signal);
  await time.pass(5400);
  const before = looks.length;
  trigger();
  await time.pass(2000);
  t.is(looks[before], 5400);
  t.is(looks.length, before + 20);
  stop.abort();
  await time.until(ended);
  t.true(released);
});

test('a capture looks at the next frame at once, whatever the wake state, and reports it as a frame', async (t) => {
  const { time, loop, reported, looks } = scene(endlessSource(), {
    wake: { mode: 'trigger', awakeSeconds: 2 },
  });
  void loop.run(never());
  await time.pass(5050);
  const before = looks.length;
  const [first, second] = await time.until(Promise.all([loop.captureNow(), loop.captureNow()]));
  t.is(first, second);
  t.is(first.analysis, NOTHING);
  t.is(looks.length, before + 1);
  t.is(looks[before], 5050);
  t.is(reported.at(-1), `${first.facts.number} requested`);
});

test('a capture while a frame is in work gets the one after it', async (t) => {
  const { time, loop } = scene(endlessSource(), { analyse: async () => NOTHING });
  let captured: Promise<{ facts: { number: number } }> | undefined;
  const busy = scene(endlessSource(), {
    limit: 3,
    analyse: async () => {
      captured ??= busy.loop.captureNow();
      return NOTHING;
    },
  });
  await busy.time.until(busy.loop.run(never()));
  t.is((await captured)?.facts.number, 2);
  t.is(loop.counts.frames, 0);
  t.is(time.clock.monotonic(), 0);
});

test('a capture that cannot be had fails with the reason', async (t) => {
  const missing = scene(sourceOf(...Array.from({ length: 9 }, () => new UnavailableError('unplugged'))));
  void missing.loop.run(never());
  await t.throwsAsync(missing.time.until(missing.loop.captureNow()), { message: 'unplugged' });
  const broken = scene(sourceOf(...Array.from({ length: 9 }, () => 'broken')));
  void broken.loop.run(never());
  await t.throwsAsync(broken.time.until(broken.loop.captureNow()), { message: 'broken is no picture' });
  const idle = scene(endlessSource());
  await t.throwsAsync(idle.loop.captureNow(), { instanceOf: UnavailableError });
  const stop = new AbortController();
  const hanging = scene(hangingSource());
  const ended = hanging.loop.run(stop.signal);
  const captured = hanging.loop.captureNow();
  stop.abort();
  await t.throwsAsync(captured, { instanceOf: UnavailableError });
  await ended;
});
