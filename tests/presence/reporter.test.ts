import type { SegmentationEvent } from '@oneface/common/events/event';
import type { FrameFacts } from '@oneface/edge/capture/frame-facts';
import { createEventFactory } from '@oneface/edge/events/event-factory';
import type { ReportOptions } from '@oneface/edge/presence/report-options';
import { createReporter, type Reporter } from '@oneface/edge/presence/reporter';
import test from 'ava';
import { analysisOf, FRAME, faceAt } from './faces.js';
import { OPTIONS } from './walks.js';

const PICTURE = { ...FRAME, data: new Uint8Array(FRAME.width * FRAME.height * 3) };
const ONE = analysisOf([faceAt(320, 240, 200)]);
const TWO = analysisOf([faceAt(160, 240, 150), faceAt(480, 240, 150)]);
const NONE = analysisOf([]);
const events = createEventFactory({
  device: 'door-1',
  boot: '00'.repeat(16),
  model: { digest: 'ab'.repeat(32), classSet: 'face-10' },
});

const factsOf = (number: number): FrameFacts => ({
  number,
  capturedAt: 1000 * number,
  arrivedAt: 1000 * number,
  timeQuality: 'unknown',
  decode: 1,
});

/** A reporter and the events that it added, numbered in the order in which they came. */
function scene(options: ReportOptions): { report: Reporter; added: SegmentationEvent[] } {
  const added: SegmentationEvent[] = [];
  const report = createReporter(options, {
    events,
    add: async (build) => {
      added.push(build({ log: { id: '0f'.repeat(16), kept: true }, sequence: added.length + 1 }));
    },
    clock: { monotonic: () => 60_000 },
  });
  return { report, added };
}

const told = (added: readonly SegmentationEvent[]) =>
  added.map(({ kind, frame, sequence }) => `${sequence} ${kind} ${frame.number}`);

test('frames are reported one by one in frames mode, requested or not', async (t) => {
  const { report, added } = scene({ mode: 'frames' });
  await report.frame(factsOf(1), ONE, PICTURE, false);
  await report.frame(factsOf(2), NONE, PICTURE, false);
  await report.frame(factsOf(3), TWO, PICTURE, true);
  await report.unseen();
  await report.noFrames();
  await report.stop();
  t.deepEqual(told(added), ['1 face 1', '2 no-face 2', '3 face 3', '4 face 3']);
});

test('presences are reported in presence mode, and a requested frame besides', async (t) => {
  const { report, added } = scene(OPTIONS);
  for (const number of [1, 2, 3, 4]) await report.frame(factsOf(number), ONE, PICTURE, number === 2);
  await report.frame(factsOf(5), NONE, PICTURE, true);
  await report.unseen();
  await report.stop();
  t.deepEqual(told(added), ['1 face 2', '2 enter 1', '3 no-face 5', '4 leave 1']);
});

test('the end of the frames, or of the agent, ends presences with that reason', async (t) => {
  for (const [end, reason] of [
    ['noFrames', 'no-frames'],
    ['stop', 'stopped'],
    ['unseen', 'left'],
  ] as const) {
    const { report, added } = scene(OPTIONS);
    for (const number of [1, 2, 3]) await report.frame(factsOf(number), ONE, PICTURE, false);
    await report[end]();
    const last = added.at(-1);
    t.is(last?.kind === 'leave' && last.presence.reason, reason);
  }
});

test('a report is done when its events are kept, and fails when one cannot be', async (t) => {
  const kept: (() => void)[] = [];
  const report = createReporter(
    { mode: 'frames' },
    {
      events,
      add: () => new Promise((resolve) => kept.push(resolve)),
      clock: { monotonic: () => 0 },
    },
  );
  let done = false;
  const reported = report.frame(factsOf(1), TWO, PICTURE, false).then(() => {
    done = true;
  });
  t.is(kept.length, 2);
  kept[0]();
  await new Promise(setImmediate);
  t.false(done);
  kept[1]();
  await reported;
  const failing = createReporter(
    { mode: 'frames' },
    {
      events,
      add: () => Promise.reject(new Error('disk')),
      clock: { monotonic: () => 0 },
    },
  );
  await t.throwsAsync(failing.frame(factsOf(1), ONE, PICTURE, false), { message: 'disk' });
});
