import test from 'ava';
import { faceAt } from './faces.js';
import { Watch, walkerAt } from './walks.js';

const FACE = faceAt(320, 240, 200);

/** Frames 100 ms apart. */
function frames(watch: Watch, count: number, ...faces: Parameters<typeof faceAt>[]): void {
  for (let frame = 0; frame < count; frame++) watch.frame(100, ...faces.map((face) => faceAt(...face)));
}

test('a face is reported once it was found in some frames, and gone after some time without', (t) => {
  const watch = new Watch();
  frames(watch, 2, [320, 240, 200]);
  t.deepEqual(watch.story, []);
  frames(watch, 50, [320, 240, 200]);
  t.deepEqual(watch.story, ['enter 1']);
  frames(watch, 19);
  t.deepEqual(watch.story, ['enter 1']);
  frames(watch, 20);
  t.deepEqual(watch.story, ['enter 1', 'leave 1 left']);
  const [enter, leave] = watch.told;
  t.is(enter.presence.frames, 3);
  t.is(enter.presence.milliseconds, 200);
  t.is(leave.presence.frames, 52);
  t.is(leave.presence.milliseconds, 5100);
});

test('a single false find gives no event, nor do two that are apart', (t) => {
  const watch = new Watch();
  for (let round = 0; round < 10; round++) {
    frames(watch, 1, [100 + 40 * round, 240, 150]);
    frames(watch, 2);
  }
  watch.note(watch.tracker.stop());
  t.deepEqual(watch.story, []);
});

test('short misses are bridged', (t) => {
  const watch = new Watch();
  for (let round = 0; round < 10; round++) {
    frames(watch, 5, [320, 240, 200]);
    frames(watch, 15);
  }
  t.deepEqual(watch.comings, ['enter 1']);
});

test('frames that are further apart than a face may be away still make one presence', (t) => {
  const watch = new Watch();
  for (let frame = 0; frame < 10; frame++) watch.frame(5000, FACE);
  t.deepEqual(watch.comings, ['enter 1']);
  watch.frame(5000);
  t.deepEqual(watch.comings, ['enter 1', 'leave 1 left']);
});

test('a person who walks up gives one presence whose best frame is a late one', (t) => {
  const watch = new Watch();
  const walk = { x: 200, y: 240, side: 70, across: 0.3, growth: 0.8 };
  for (let frame = 0; frame < 50; frame++) watch.frame(100, walkerAt(walk, frame / 10));
  frames(watch, 30);
  t.deepEqual(watch.comings, ['enter 1', 'leave 1 left']);
  t.true(watch.told.length <= 2 + 5);
  const leave = watch.told.at(-1);
  t.is(leave?.presence.frames, 50);
  // The eyes are far enough apart from the 32nd frame on.
  t.true(Number(leave?.presence.best.facts.number) >= 32);
});

test('a clearly better frame is told, but not sooner than configured, and a little better one is not', (t) => {
  const watch = new Watch({ betterSeconds: 1, updateSeconds: 1000 });
  frames(watch, 3, [320, 240, 100]);
  frames(watch, 3, [320, 240, 140]);
  t.deepEqual(watch.story, ['enter 1']);
  frames(watch, 10, [320, 240, 100]);
  t.deepEqual(watch.story, ['enter 1', 'update 1']);
  t.is(watch.told[1].presence.best.facts.number, 4);
  frames(watch, 100, [320, 240, 145]);
  t.deepEqual(watch.story, ['enter 1', 'update 1']);
});

test('a face that stays is told of again after some time', (t) => {
  const watch = new Watch({ updateSeconds: 5 });
  frames(watch, 203, [320, 240, 200]);
  t.deepEqual(watch.story, ['enter 1', 'update 1', 'update 1', 'update 1', 'update 1']);
  t.deepEqual(
    watch.told.map(({ presence }) => presence.milliseconds),
    [200, 5200, 10_200, 15_200, 20_200],
  );
});

test('several faces at once are a presence each', (t) => {
  const watch = new Watch();
  frames(watch, 20, [100, 240, 120], [320, 200, 150], [540, 260, 130]);
  frames(watch, 5, [320, 200, 150], [540, 260, 130]);
  frames(watch, 18, [540, 260, 130]);
  // The nearest is the first.
  t.deepEqual(watch.comings, ['enter 1', 'enter 2', 'enter 3', 'leave 3 left']);
  frames(watch, 30);
  t.deepEqual(watch.comings.slice(4), ['leave 1 left', 'leave 2 left']);
});

test('two people who cross keep their presences, also when one hides the other', (t) => {
  for (const hidden of [0, 4]) {
    const watch = new Watch();
    const left = { x: 80, y: 240, side: 120, across: 1, growth: 0 };
    const right = { x: 560, y: 240, side: 150, across: -0.8, growth: 0 };
    for (let frame = 0; frame < 40; frame++) {
      const [a, b] = [walkerAt(left, frame / 10), walkerAt(right, frame / 10)];
      const apart = Math.abs(a.landmarks.mouth.x - b.landmarks.mouth.x);
      watch.frame(100, ...(apart < hidden * 12 ? [b] : [b, a]));
    }
    t.deepEqual(watch.comings, ['enter 1', 'enter 2']);
    watch.note(watch.tracker.stop());
    for (const { kind, presence } of watch.told) {
      if (kind !== 'leave') continue;
      // The first found was the right one, which is the larger.
      const { box } = presence.best.face;
      t.is(box.height > 100, presence.id === 1);
    }
  }
});

test('a face far from where the last one was is another one', (t) => {
  const watch = new Watch();
  frames(watch, 10, [100, 240, 100]);
  frames(watch, 30, [500, 240, 100]);
  t.deepEqual(watch.comings, ['enter 1', 'enter 2', 'leave 1 left']);
});

test('all presences end when the camera gives no frames, and when the agent stops', (t) => {
  const watch = new Watch();
  frames(watch, 10, [150, 240, 120], [450, 240, 120]);
  watch.note(watch.tracker.noFrames());
  t.deepEqual(watch.story.slice(2), ['leave 1 no-frames', 'leave 2 no-frames']);
  t.deepEqual(watch.tracker.noFrames(), []);
  frames(watch, 10, [150, 240, 120]);
  watch.note(watch.tracker.stop());
  t.deepEqual(watch.story.slice(4), ['enter 3', 'leave 3 stopped']);
  t.deepEqual(watch.tracker.stop(), []);
});

test('a presence ends while nobody looks at the frames', (t) => {
  const watch = new Watch();
  frames(watch, 10, [320, 240, 200]);
  watch.now += 1900;
  t.deepEqual(watch.tracker.unseen(), []);
  watch.now += 100;
  watch.note(watch.tracker.unseen());
  t.deepEqual(watch.story, ['enter 1', 'leave 1 left']);
});

test('the since of a presence is the wall clock at its first frame, its duration is not by that clock', (t) => {
  const watch = new Watch();
  watch.wallClock = () => 0;
  frames(watch, 1, [320, 240, 200]);
  watch.wallClock = () => Date.UTC(2026, 2, 1);
  frames(watch, 9, [320, 240, 200]);
  watch.note(watch.tracker.stop());
  const leave = watch.told.at(-1);
  t.is(leave?.presence.since, 0);
  t.is(leave?.presence.milliseconds, 900);
});

test('no more than 16 faces are followed, those nearest to the camera', (t) => {
  const watch = new Watch();
  const places = Array.from({ length: 24 }, (_, index) => {
    const side = 50 + index;
    return faceAt(60 + (index % 6) * 100, 60 + Math.floor(index / 6) * 110, side);
  });
  for (let frame = 0; frame < 10; frame++) watch.frame(100, ...places);
  t.is(watch.comings.length, 16);
  watch.note(watch.tracker.stop());
  const heights = watch.told.map(({ presence }) => presence.best.face.box.height);
  t.true(Math.min(...heights) > 0.74 * 57.5);
});
