import { setImmediate } from 'node:timers/promises';
import { type OnefaceError, UnavailableError } from '@oneface/common/errors/errors';
import test from 'ava';
import { endlessSource, hangingSource, NOTHING, never, PICTURE, scene, sourceOf } from './loop-scene.js';

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
