import { timeQuality } from '@oneface/edge/clock/time-quality';
import test from 'ava';

const at = (time: string) => ({ now: () => Date.parse(time), monotonic: () => 0 });
const files =
  (...present: string[]) =>
  (path: string) =>
    present.includes(path);

const FOLDER = '/run/systemd/timesync';
const MARKER = '/run/systemd/timesync/synchronized';

test('a clock that a time server has set since boot is synchronised', (t) => {
  t.is(timeQuality(at('2026-03-01'), files(FOLDER, MARKER)), 'synchronised');
});

test('a clock that waits for its time server is unsynchronised', (t) => {
  t.is(timeQuality(at('2026-03-01'), files(FOLDER)), 'unsynchronised');
});

test('a clock that started in 1970 is unsynchronised, whatever else is there', (t) => {
  t.is(timeQuality(at('1970-01-01T00:01:00Z'), files(FOLDER, MARKER)), 'unsynchronised');
});

test('a machine that keeps its time another way says nothing of it', (t) => {
  t.is(timeQuality(at('2026-03-01'), files()), 'unknown');
});
