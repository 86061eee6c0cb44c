import type { CameraStateName } from '@oneface/common/health/health';
import { blankRaster, type Color, type Raster } from '@oneface/common/images/raster';
import { CameraError } from '@oneface/edge/frames/camera-error';
import { type CameraWatchOptions, createCameraWatch } from '@oneface/edge/frames/camera-watch';
import { ProgramError } from '@oneface/edge/processes/program-error';
import test from 'ava';
import fc from 'fast-check';
import { keptLog } from './support/source-deps.js';

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

function watched(options: Partial<CameraWatchOptions> = {}) {
  const clock = { now: 0, monotonic: () => clock.now };
  const { lines, log } = keptLog();
  const watch = createCameraWatch({ clock, log, ...options });
  const after = (milliseconds: number) => {
    clock.now += milliseconds;
  };
  return { watch, after, clock, lines };
}

let drawn = 0;

/** Bytes that are like no others, or those of a number. */
function bytes(name?: number): Uint8Array {
  drawn += 1;
  return new Uint8Array(Uint32Array.of(name ?? drawn, name === undefined ? 1 : 0).buffer);
}

/** A scene with edges, and noise that no other picture has. */
function live(width = 128, height = 96): Raster {
  drawn += 1;
  const data = new Uint8Array(width * height * 3);
  for (let at = 0; at < data.length; at++) {
    const cell = Math.floor(((Math.floor(at / 3) % width) * 8) / width);
    data[at] = 40 + 25 * cell + noise(at + drawn * 7919, 4);
  }
  return { width, height, data };
}

function scaled(gain: number): Raster {
  const { width, height, data } = live();
  return { width, height, data: data.map((value) => Math.min(255, value * gain)) };
}

function flat(color: Color, strength: number): Raster {
  drawn += 1;
  const { width, height, data } = blankRaster(128, 96, color);
  return {
    width,
    height,
    data: data.map((value, at) => Math.max(0, value + noise(at + drawn * 7919, strength))),
  };
}

/** Stripes of two colours. */
function edges(one: Color, other: Color): Raster {
  const { width, height, data } = blankRaster(128, 96, one);
  for (let pixel = 0; pixel < width * height; pixel++) if (pixel % 32 < 8) data.set(other, pixel * 3);
  return { width, height, data };
}

/** From -strength to strength, the same for the same number. */
function noise(index: number, strength: number): number {
  const hashed = Math.imul(index ^ (index >>> 15), 0x2c1b3c6d) >>> 0;
  return Math.round(((hashed / 0xffffffff) * 2 - 1) * strength);
}
