import type { OnefaceError } from '@oneface/common/errors/errors';
import { CameraError } from '@oneface/edge/frames/camera-error';
import { type KeepRunningOptions, keepRunning } from '@oneface/edge/frames/keep-running';
import test from 'ava';

test('pauses grow to a minute while it gives nothing, and start over after a good minute', async (t) => {
  // Seconds from the first frame of each run to its end; none: no frame at all.
  const runs = [undefined, undefined, 59, undefined, 60, undefined, undefined, undefined, undefined, 3600];
  const { pauses } = await trial({ runs });
  t.deepEqual(pauses, [3, 9, 27, 60, 3, 9, 27, 60, 60, 3]);
});

test('the pauses of a fleet do not fall together', async (t) => {
  const low = await trial({ runs: [undefined, undefined, undefined], random: () => 0 });
  t.deepEqual(low.pauses, [1, 1, 1]);
  const middle = await trial({ runs: [undefined, undefined, undefined], random: () => 0.5 });
  t.deepEqual(middle.pauses, [2, 3.5, 5.75]);
});

test('each failure is told with its pause, each start but the first as a restart', async (t) => {
  const { failures, restarts } = await trial({ runs: [undefined, undefined, undefined] });
  t.deepEqual(failures, ['run 1', 'run 2', 'run 3']);
  t.is(restarts, 2);
});

test('it is ended when no frame comes, and not while frames come', async (t) => {
  const stop = new AbortController();
  const failures: OnefaceError[] = [];
  let frames = 0;
  await keepRunning(
    {
      name: 'the camera',
      stallMs: 300,
      run: (signal, onFrame) =>
        new Promise((_, reject) => {
          const beat = setInterval(() => {
            onFrame();
            frames += 1;
            if (frames === 10) clearInterval(beat);
          }, 50);
          signal.addEventListener('abort', () => reject(signal.reason), { once: true });
        }),
      onFailure: (error) => {
        failures.push(error);
        stop.abort();
      },
      onRestart: () => t.fail(),
    },
    { clock: { monotonic: () => performance.now() }, sleep: async () => undefined, random: () => 0 },
    stop.signal,
  );
  t.is(frames, 10);
  t.is(failures[0].message, 'the camera gave no frame for 0.3 s');
});

test('a defect is not taken for a failure of the camera', async (t) => {
  const defect = new TypeError('a defect');
  const run = () => Promise.reject(defect);
  const options = { name: '', stallMs: 1000, run, onFailure: () => t.fail(), onRestart: () => t.fail() };
  await t.throwsAsync(
    keepRunning(
      options,
      { clock: { monotonic: () => 0 }, sleep: async () => undefined, random: () => 0 },
      new AbortController().signal,
    ),
    { is: defect },
  );
});

interface Trial {
  readonly runs: readonly (number | undefined)[];
  readonly random?: () => number;
}

/** Runs by a clock that only the runs and pauses move; gives pauses in seconds. */
async function trial({ runs, random = () => 1 }: Trial) {
  const stop = new AbortController();
  const pauses: number[] = [];
  const failures: string[] = [];
  let now = 0;
  let run = 0;
  let restarts = 0;
  const options: KeepRunningOptions = {
    name: 'the camera',
    stallMs: 20_000,
    run: async (_signal, onFrame) => {
      now += 5000;
      const seconds = runs[run++];
      if (seconds !== undefined) {
        onFrame();
        now += seconds * 1000;
        onFrame();
      }
      throw new CameraError('no-frame', `run ${run}`);
    },
    onFailure: (error, pauseMs) => {
      failures.push(error.message);
      pauses.push(pauseMs / 1000);
      if (run === runs.length) stop.abort();
    },
    onRestart: () => {
      restarts += 1;
    },
  };
  const sleep = async (milliseconds: number) => {
    now += milliseconds;
  };
  await keepRunning(options, { clock: { monotonic: () => now }, sleep, random }, stop.signal);
  return { pauses, failures, restarts };
}
