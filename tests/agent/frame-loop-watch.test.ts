import { UnavailableError } from '@oneface/common/errors/errors';
import type { FrameAnalysis } from '@oneface/edge/vision/analyse-frame';
import test from 'ava';
import { endlessSource, FACE, hangingSource, NOTHING, never, scene, sourceOf } from './loop-scene.js';

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
