import type { CameraStateName } from '@oneface/common/health/health';
import type { Raster } from '@oneface/common/images/raster';
import test from 'ava';
import { bytes, edges, flat, live, scaled, watched } from './support/watched-camera.js';

for (const [title, picture, wanted] of [
  ['a black picture', () => flat([2, 2, 2], 4), 'dark'],
  ['a night without light', () => scaled(0.05), 'dark'],
  ['a hand on the lens', () => flat([120, 60, 40], 4), 'dark'],
  ['a white picture', () => flat([255, 255, 255], 0), 'overexposed'],
  ['a lamp into the lens', () => scaled(20), 'overexposed'],
] as [string, () => Raster, CameraStateName][]) {
  test(`${title} for five seconds is ${wanted}, and what follows is online again`, (t) => {
    const { watch, after, lines } = watched();
    watch.observeFrame(live(), bytes());
    for (let i = 0; i < 10; i++) {
      watch.observeFrame(picture(), bytes());
      t.is(watch.state.state, 'online', `at ${i}`);
      after(500);
    }
    watch.observeFrame(picture(), bytes());
    t.is(watch.state.state, wanted);
    t.is(watch.state.since, 5000);
    t.is(watch.state.counts[wanted], 1);
    watch.observeFrame(live(), bytes());
    t.is(watch.state.state, 'online');
    t.deepEqual(
      lines.map(({ fields }) => fields.was),
      ['starting', 'online', wanted],
    );
  });
}

test('a visitor who covers the camera for a moment changes nothing', (t) => {
  const { watch, after } = watched();
  for (let i = 0; i < 60; i++) {
    watch.observeFrame(i % 10 < 8 ? flat([2, 2, 2], 4) : live(), bytes());
    t.is(watch.state.state, 'online');
    after(500);
  }
});

test('two dark frames far apart are not yet a dark camera', (t) => {
  const { watch, after } = watched();
  for (let i = 0; i < 2; i++) {
    watch.observeFrame(flat([2, 2, 2], 4), bytes());
    after(60_000);
  }
  t.is(watch.state.state, 'online');
});

test('a camera at the limit of darkness does not flicker', (t) => {
  const { watch, after } = watched();
  const show = (level: number) => {
    watch.observeFrame(edges([level, level, level], [0, 0, 0]), bytes());
    after(1000);
  };
  for (let i = 0; i < 30; i++) show(24 + (i % 2));
  t.is(watch.state.state, 'online', 'in and out of the limit is not dark');
  for (let i = 0; i < 7; i++) show(20);
  t.is(watch.state.state, 'dark');
  for (let i = 0; i < 30; i++) show(20 + (i % 17));
  t.is(watch.state.state, 'dark', 'up to the weaker limit it stays dark');
  show(37);
  t.is(watch.state.state, 'online');
  t.is(watch.state.counts.dark, 1);
});

test('the same black or white picture again and again is told as what is wrong with the light', (t) => {
  for (const [picture, wanted] of [
    [flat([0, 0, 0], 0), 'dark'],
    [flat([255, 255, 255], 0), 'overexposed'],
  ] as const) {
    const { watch, after } = watched();
    for (let i = 0; i < 30; i++) {
      watch.observeFrame(picture, bytes(1));
      after(1000);
    }
    t.is(watch.state.state, wanted);
    t.is(watch.state.counts.frozen, undefined);
  }
});
