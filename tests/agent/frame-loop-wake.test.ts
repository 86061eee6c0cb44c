import { UnavailableError } from '@oneface/common/errors/errors';
import type { Raster } from '@oneface/common/images/raster';
import type { FrameAnalysis } from '@oneface/edge/vision/analyse-frame';
import test from 'ava';
import { endlessSource, FACE, hangingSource, NOTHING, never, scene, sourceOf } from './loop-scene.js';

/** A small picture that is dark but for a bright square at a place from 0 to 7. */
function squareAt(place: number): Raster {
  const data = new Uint8Array(64 * 48 * 3).fill(40);
  for (let y = 16; y < 32; y++) data.fill(220, (y * 64 + place * 8) * 3, (y * 64 + place * 8 + 8) * 3);
  return { width: 64, height: 48, data };
}

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
