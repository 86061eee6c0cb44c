import type { CameraStateName } from '@oneface/common/health/health';
import type { Raster } from '@oneface/common/images/raster';
import { CameraError } from '@oneface/edge/frames/camera-error';
import { ProgramError } from '@oneface/edge/processes/program-error';
import test from 'ava';
import fc from 'fast-check';
import { bytes, flat, live, watched } from './support/watched-camera.js';

const noDevice = new CameraError(
  'no-device',
  'fswebcam gave no picture from /dev/video0: stat: No such file',
);
const noFrame = new CameraError('no-frame', 'ffmpeg TEST: gave no frame for 20 s');

test('it starts as starting, and the first frame makes it online', (t) => {
  const { watch, after, clock } = watched();
  t.deepEqual(watch.state, { state: 'starting', since: 0, counts: { starting: 1 } });
  after(1500);
  watch.observeFrame(live(), bytes());
  t.deepEqual(watch.state, { state: 'online', since: 1500, counts: { starting: 1, online: 1 } });
  t.is(clock.now, 1500);
});

test('no device: told at once, apart from every other failure, until the next frame', (t) => {
  const { watch, after } = watched();
  watch.observeFailure(noFrame);
  t.is(watch.state.state, 'starting');
  for (const error of [
    noDevice,
    new ProgramError('not-started', 'rpicam-vid is not installed'),
    new Error('outside', { cause: noDevice }),
    Object.assign(new Error('open'), { code: 'ENOENT' }),
    Object.assign(new Error('open'), { code: 'EBUSY' }),
  ]) {
    after(1000);
    watch.observeFailure(error);
    t.is(watch.state.state, 'no-device');
    watch.observeFrame(live(), bytes());
    t.is(watch.state.state, 'online');
  }
  for (const error of [
    new ProgramError('deadline', 'late'),
    noFrame,
    new Error('other'),
    'text',
    undefined,
  ]) {
    watch.observeFailure(error);
    t.is(watch.state.state, 'online');
  }
  t.is(watch.state.counts['no-device'], 5);
  t.is(watch.state.counts.online, 5);
});

test('stalled: no frame for 20 s, also before the first one, and told once', (t) => {
  const { watch, after } = watched();
  after(19_999);
  watch.check();
  t.is(watch.state.state, 'starting');
  after(1);
  watch.check();
  t.deepEqual(watch.state, { state: 'stalled', since: 20_000, counts: { starting: 1, stalled: 1 } });
  after(60_000);
  watch.check();
  t.is(watch.state.since, 20_000);
  watch.observeFrame(live(), bytes());
  after(19_999);
  watch.check();
  t.is(watch.state.state, 'online');
  after(1);
  watch.check();
  t.is(watch.state.state, 'stalled');
  t.is(watch.state.counts.stalled, 2);
});

test('the time of a stall can be set', (t) => {
  const { watch, after } = watched({ stallSeconds: 90 });
  after(89_999);
  watch.check();
  t.is(watch.state.state, 'starting');
  after(1);
  watch.check();
  t.is(watch.state.state, 'stalled');
});

test('a camera that is away is not stalled; one that is back and gives nothing is', (t) => {
  const { watch, after } = watched();
  watch.observeFailure(noDevice);
  after(100_000);
  watch.check();
  t.is(watch.state.state, 'no-device');
  watch.observeFailure(noFrame);
  watch.check();
  t.is(watch.state.state, 'stalled');
});

test('frozen: the same picture ten times over ten seconds', (t) => {
  const frame = live();
  for (const [title, picture, name] of [
    ['the same bytes', () => frame, () => bytes(7)],
    ['other bytes with the same pixels', () => frame, () => bytes()],
    [
      'the same bytes, decoded to another size',
      (i: number) => (i % 2 ? frame : live(64, 48)),
      () => bytes(7),
    ],
  ] as [string, (i: number) => Raster, () => Uint8Array][]) {
    const { watch, after } = watched();
    for (let i = 0; i < 9; i++) {
      watch.observeFrame(picture(i), name());
      t.is(watch.state.state, 'online', title);
      after(1200);
    }
    watch.observeFrame(picture(9), name());
    t.is(watch.state.state, 'frozen', title);
    watch.observeFrame(live(), bytes());
    t.is(watch.state.state, 'online', title);
  }
});

test('a camera that is asked fast is not frozen before ten seconds, nor one asked rarely before ten frames', (t) => {
  const frame = live();
  const fast = watched();
  for (let i = 0; i < 100; i++) {
    fast.watch.observeFrame(frame, bytes(1));
    fast.after(100);
  }
  t.is(fast.watch.state.state, 'online');
  fast.watch.observeFrame(frame, bytes(1));
  t.is(fast.watch.state.state, 'frozen');
  const slow = watched();
  for (let i = 0; i < 9; i++) {
    slow.watch.observeFrame(frame, bytes(1));
    slow.after(15_000);
  }
  t.is(slow.watch.state.state, 'online');
  slow.watch.observeFrame(frame, bytes(1));
  t.is(slow.watch.state.state, 'frozen');
});

test('one other picture starts the count anew', (t) => {
  const { watch, after } = watched();
  const frame = live();
  for (let i = 0; i < 40; i++) {
    watch.observeFrame(i % 9 === 8 ? live() : frame, bytes());
    t.is(watch.state.state, 'online');
    after(2000);
  }
});

test('a source that replays pictures is never frozen', (t) => {
  const { watch, after } = watched({ replays: true });
  const frame = live();
  for (let i = 0; i < 100; i++) {
    watch.observeFrame(frame, bytes(1));
    after(1000);
  }
  t.is(watch.state.state, 'online');
});

test('a live camera is never frozen, dark or overexposed, whatever the frame rate', (t) => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 10, max: 5000 }), { maxLength: 40 }), (pauses) => {
      const { watch, after } = watched();
      for (const pause of pauses) {
        watch.observeFrame(live(), bytes());
        watch.check();
        t.is(watch.state.state, 'online');
        after(pause);
      }
    }),
    { numRuns: 30 },
  );
});

test('after a gap nothing of before counts', (t) => {
  const { watch, after } = watched();
  const frame = live();
  const dark = flat([2, 2, 2], 4);
  for (const [picture, name] of [
    [frame, 1],
    [dark, undefined],
  ] as const) {
    for (let i = 0; i < 4; i++) {
      watch.observeFrame(picture, bytes(name));
      after(1000);
    }
    after(20_000);
    watch.check();
    t.is(watch.state.state, 'stalled');
    watch.observeFrame(picture, bytes(name));
    t.is(watch.state.state, 'online');
  }
});

test('whatever happens, counts and times fit the changes of state', (t) => {
  const step = fc.oneof(
    fc.constantFrom('live', 'dark', 'white', 'same', 'no-device', 'no-frame', 'check'),
    fc.integer({ min: 0, max: 30_000 }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const { watch, after, clock } = watched();
      const pictures = { live: live(16, 12), dark: flat([2, 2, 2], 4), white: flat([255, 255, 255], 0) };
      const changes: Partial<Record<CameraStateName, number>> = { starting: 1 };
      let { state } = watch.state;
      for (const what of steps) {
        if (typeof what === 'number') after(what);
        else if (what === 'check') watch.check();
        else if (what === 'no-device') watch.observeFailure(noDevice);
        else if (what === 'no-frame') watch.observeFailure(noFrame);
        else if (what === 'same') watch.observeFrame(pictures.live, bytes(1));
        else watch.observeFrame(what === 'live' ? live(16, 12) : pictures[what], bytes());
        if (watch.state.state !== state) {
          state = watch.state.state;
          changes[state] = (changes[state] ?? 0) + 1;
          t.is(watch.state.since, clock.now);
        }
        t.deepEqual(watch.state.counts, changes);
      }
    }),
    { numRuns: 200 },
  );
});
