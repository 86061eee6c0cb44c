import { UnavailableError } from '@oneface/common/errors/errors';
import type { GpioDriver } from '@oneface/edge/gpio/lines';
import { listen } from '@oneface/edge/gpio/trigger';
import { createLogger } from '@oneface/edge/logging/logger';
import test from 'ava';
import { SimulatedTime } from '../support/simulated-time.js';
import { pir } from './support/agent-process.js';

/** Listens through a driver whose lines are what `open` says; its log goes to `lines`. */
function listening(open: GpioDriver['input'], random = () => 0) {
  const time = new SimulatedTime();
  const lines: Record<string, unknown>[] = [];
  const log = createLogger({
    level: 'info',
    format: 'json',
    now: time.clock.now,
    write: (line) => lines.push(JSON.parse(line)),
  });
  const stop = new AbortController();
  const { clock, sleep } = time;
  let rises = 0;
  const rise = () => {
    rises += 1;
  };
  const ended = listen(pir(5), rise, { driver: { input: open }, clock, sleep, random, log }, stop.signal);
  return { time, lines, stop, ended, rises: () => rises };
}

const pausesOf = (lines: readonly Record<string, unknown>[]) =>
  lines.filter(({ level }) => level === 'error').map(({ seconds }) => seconds);

test('a trigger that cannot be had is tried again after pauses that grow to ten minutes', async (t) => {
  const { time, lines, stop, ended } = listening(
    () => Promise.reject(new UnavailableError('busy')),
    () => 0.999999,
  );
  await time.pass(2_000_000);
  t.deepEqual(pausesOf(lines).slice(0, 8), [3, 9, 27, 81, 243, 600, 600, 600]);
  t.is(lines[0]?.error, 'busy');
  stop.abort();
  await ended;
});

test('a trigger that was well for a minute is tried again soon', async (t) => {
  const faults: ((error: Error) => void)[] = [];
  const { time, lines, stop, ended } = listening(
    async (_, __, onFault) => {
      faults.push(onFault);
      return { close: async () => {} };
    },
    () => 0.999999,
  );
  for (const minutes of [0, 0, 2]) {
    await time.pass(minutes * 60_000);
    faults.at(-1)?.(new UnavailableError('lost'));
    await time.pass(30_000);
  }
  t.deepEqual(pausesOf(lines), [3, 9, 3]);
  stop.abort();
  await ended;
});

test('a trigger that is stopped lets go of its line, also while that is being opened', async (t) => {
  let closed = 0;
  let opened = () => {};
  const { stop, ended, rises } = listening(
    (_, onRise) =>
      new Promise((resolve) => {
        opened = () => {
          onRise();
          resolve({
            close: async () => {
              closed += 1;
            },
          });
        };
      }),
  );
  stop.abort();
  opened();
  await ended;
  t.is(closed, 1);
  t.is(rises(), 1);
});

test('a defect of a driver is not passed over', async (t) => {
  const { ended } = listening(() => Promise.reject(new TypeError('a defect')));
  await t.throwsAsync(ended, { instanceOf: TypeError });
});
