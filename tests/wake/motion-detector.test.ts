import type { Raster } from '@oneface/common/images/raster';
import { createMotionDetector, type Motion } from '@oneface/edge/wake/motion-detector';
import test from 'ava';

const [WIDTH, HEIGHT] = [64, 48];

interface Scene {
  /** Brightness of everything, times this. */
  readonly exposure?: number;
  /** Share by which bands of rows are darker, and how far they have moved on. */
  readonly flicker?: { readonly share: number; readonly phase: number };
  /** Levels of noise, from a fixed sequence. */
  readonly noise?: number;
  /** Left edge, in pixels, of a person of 8x16. */
  readonly person?: number;
}

let state = 1;
function noise(): number {
  state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
  return state / 2 ** 31 - 1;
}

/** A corridor: a dark floor, bright walls, perhaps a person in it. */
function corridor({ exposure = 1, flicker, noise: levels = 1, person }: Scene = {}): Raster {
  const data = new Uint8Array(WIDTH * HEIGHT * 3);
  for (let y = 0; y < HEIGHT; y++) {
    const band =
      flicker === undefined ? 1 : 1 - flicker.share * (0.5 + 0.5 * Math.sin(y / 4 + flicker.phase));
    for (let x = 0; x < WIDTH; x++) {
      const isPerson = person !== undefined && x >= person && x < person + 8 && y >= 16 && y < 32;
      const level = isPerson ? 190 : 40 + 2 * y + 60 * Math.abs(x / WIDTH - 0.5);
      data.fill(
        Math.max(0, Math.min(255, level * exposure * band + levels * noise())),
        (y * WIDTH + x) * 3,
        (y * WIDTH + x) * 3 + 3,
      );
    }
  }
  return { width: WIDTH, height: HEIGHT, data };
}

function watch(scenes: readonly Scene[], sensitivity = 50): Motion[] {
  const detector = createMotionDetector(sensitivity);
  return scenes.map((scene) => detector.look(corridor(scene)));
}

test('a person who comes or walks by is motion in the second picture', (t) => {
  t.deepEqual(watch([{}, {}, { person: 10 }, { person: 20 }]), ['none', 'none', 'perhaps', 'moving']);
  t.deepEqual(watch([{ person: 10 }, { person: 10 }, { person: 20 }, { person: 30 }]).slice(2), [
    'perhaps',
    'moving',
  ]);
});

test('a person who came and stands still is motion too', (t) => {
  t.deepEqual(watch([{}, { person: 30 }, { person: 30 }]), ['none', 'perhaps', 'moving']);
});

test('noise, changes of exposure and flicker of the lamps are no motion', (t) => {
  const exposures = [1, 0.9, 1.1, 1.25, 1, 0.8, 0.7, 0.9, 1.2].map((exposure) => ({ exposure }));
  const flicker = Array.from({ length: 20 }, (_, index) => ({
    flicker: { share: 0.15, phase: index * 1.7 },
  }));
  const noisy = Array.from({ length: 20 }, () => ({ noise: 3 }));
  for (const scenes of [exposures, flicker, noisy])
    t.true(watch(scenes).every((motion) => motion === 'none'));
});

test('motion is seen while exposure and flicker change', (t) => {
  const scenes = [0, 1, 2, 3].map((index) => ({
    exposure: 1 + 0.1 * (index % 2),
    flicker: { share: 0.15, phase: index },
    ...(index >= 2 && { person: 10 * index }),
  }));
  t.deepEqual(watch(scenes), ['none', 'none', 'perhaps', 'moving']);
});

test('something that is gone in the next picture is no motion', (t) => {
  t.deepEqual(watch([{}, {}, { person: 10 }, {}, {}, { person: 40 }, {}]), [
    'none',
    'none',
    'perhaps',
    'none',
    'none',
    'perhaps',
    'none',
  ]);
});

test('the second picture must show half of the change only', (t) => {
  // At this sensitivity a whole person is just enough.
  const sensitivity = 32;
  t.deepEqual(watch([{}, { person: 10 }, { person: -4 }], sensitivity), ['none', 'perhaps', 'moving']);
  t.deepEqual(watch([{}, { person: -4 }, { person: -4 }], sensitivity), ['none', 'none', 'none']);
});

test('a camera that is covered is motion', (t) => {
  t.deepEqual(watch([{}, { exposure: 0.02 }, { exposure: 0.02 }]), ['none', 'perhaps', 'moving']);
});

test('a slow change of the scene is taken in', (t) => {
  const dawn = Array.from({ length: 100 }, (_, index) => ({ exposure: 0.3 + index / 100 }));
  t.true(watch(dawn, 80).every((motion) => motion === 'none'));
});

test('the more sensitive, the smaller the change that counts', (t) => {
  const scenes = [{}, { person: -4 }, { person: -4 }];
  t.is(watch(scenes, 1).at(-1), 'none');
  t.is(watch(scenes, 90).at(-1), 'moving');
});

test('after a reset the next picture shows no motion', (t) => {
  const detector = createMotionDetector(50);
  detector.look(corridor());
  detector.look(corridor({ person: 10 }));
  detector.reset();
  t.is(detector.look(corridor({ person: 30 })), 'none');
  t.is(detector.look(corridor({ person: 30 })), 'none');
});

test('pictures smaller than the grid are judged too', (t) => {
  const detector = createMotionDetector(50);
  const dot = (level: number) => ({ width: 1, height: 1, data: new Uint8Array(3).fill(level) });
  t.is(detector.look(dot(10)), 'none');
  t.is(detector.look(dot(12)), 'none');
});
