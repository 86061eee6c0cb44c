import { MemoryTrack } from '@oneface/edge/bench/bench-memory';
import { StageTimes } from '@oneface/edge/bench/stages';
import test from 'ava';

const MIB = 2 ** 20;

test('quantiles are given for each stage that ran', (t) => {
  const times = new StageTimes(200);
  for (let frame = 1; frame <= 200; frame++) {
    times.add({ decode: frame, ...(frame % 2 === 0 && { segment: 5 }), total: 1000 - frame });
  }
  const figures = times.figures();
  t.deepEqual(figures.decode, { frames: 200, p50: 100, p95: 190, p99: 198, most: 200 });
  t.deepEqual(figures.segment, { frames: 100, p50: 5, p95: 5, p99: 5, most: 5 });
  t.is(figures.total?.most, 999);
  t.is(figures.publish, undefined);
});

function track(frames: number, bytesAt: (frame: number) => number) {
  let frame = 0;
  const track = new MemoryTrack(() => bytesAt(frame));
  for (frame = 1; frame <= frames; frame++) track.note(frame);
  frame = frames;
  return track.figures(frames, 123 * MIB);
}

test('memory that grows with every frame has a slope; a warm-up has none', (t) => {
  const growing = track(5000, (frame) => (80 + frame / 500) * MIB);
  t.true(Math.abs((growing.mibPerThousandFrames ?? 0) - 2) < 1e-6);
  const warm = track(5000, (frame) => Math.min(100, 60 + frame / 10) * MIB);
  t.is(warm.mibPerThousandFrames, 0);
  t.is(warm.start, 60);
  t.is(warm.peak, 123);
  t.is(warm.end, 100);
});

test('memory is given for each thousand frames, as its median', (t) => {
  const { perThousand } = track(3500, (frame) => (frame <= 1000 ? 80 : 90) * MIB);
  t.deepEqual(perThousand, [80, 90, 90]);
});

test('a few frames say nothing about growth', (t) => {
  t.is(track(500, (frame) => frame * MIB).mibPerThousandFrames, undefined);
});
