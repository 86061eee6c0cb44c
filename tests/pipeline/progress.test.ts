import { ConsoleProgress, formatDuration } from '@oneface/trainer/progress/console-progress';
import { TimeLeft } from '@oneface/trainer/progress/time-left';
import test from 'ava';
import fc from 'fast-check';

function makeDisplay(options: { isTTY?: boolean; columns?: number; everySeconds?: number } = {}) {
  const clock = { now: 0 };
  const written: string[] = [];
  const stream = { ...options, write: (text: string) => written.push(text) };
  const display = new ConsoleProgress(stream, { ...options, now: () => clock.now });
  return { display, clock, written };
}

test('time left follows from the work since the first report, not from where a resumed run began', (t) => {
  const timeLeft = new TimeLeft();
  timeLeft.report(900, 1000, 0);
  for (let second = 1; second <= 10; second++) timeLeft.report(900 + second, 1000, second * 1000);
  t.is(timeLeft.rate(), 1);
  t.is(timeLeft.secondsLeft(10_000), 90);
  t.is(timeLeft.secondsLeft(14_000), 86);
});

test('a slow first step is forgotten within a minute', (t) => {
  const timeLeft = new TimeLeft();
  timeLeft.report(0, 1000, 0);
  timeLeft.report(1, 1000, 50_000);
  for (let step = 1; step <= 600; step++) timeLeft.report(1 + step, 1000, 50_000 + step * 200);
  t.true(Math.abs((timeLeft.rate() ?? 0) - 5) < 0.1);
});

test('nothing is said of the time left before two seconds of work were seen', (t) => {
  const timeLeft = new TimeLeft();
  t.is(timeLeft.secondsLeft(0), undefined);
  timeLeft.report(0, 10, 0);
  timeLeft.report(1, 10, 1900);
  t.is(timeLeft.secondsLeft(1900), undefined);
  timeLeft.report(1, 10, 60_000);
  timeLeft.report(2, 10, 61_000);
  t.not(timeLeft.secondsLeft(61_000), undefined);
});

test('other work with an own count starts a new estimate', (t) => {
  const timeLeft = new TimeLeft();
  timeLeft.report(0, 10, 0);
  timeLeft.report(8, 10, 8000);
  timeLeft.report(0, 10, 9000);
  t.is(timeLeft.rate(), undefined);
});

test('steady work is foretold exactly, however often it reports', (t) => {
  fc.assert(
    fc.property(
      fc.double({ min: 0.01, max: 1000, noNaN: true }),
      fc.integer({ min: 10, max: 2000 }),
      (stepsPerSecond, reports) => {
        const timeLeft = new TimeLeft();
        const total = reports * 2;
        for (let done = 0; done <= reports; done++)
          timeLeft.report(done, total, (done / stepsPerSecond) * 1000);
        const elapsed = reports / stepsPerSecond;
        const left = timeLeft.secondsLeft(elapsed * 1000);
        if (elapsed < 2) t.is(left, undefined);
        else t.true(Math.abs((left ?? 0) - elapsed) < elapsed * 0.001 + 0.001);
      },
    ),
  );
});

test('a terminal shows one live line that shrinks to its width and goes away', (t) => {
  const { display, clock, written } = makeDisplay({ isTTY: true, columns: 60 });
  const report = display.begin('distill');
  report(0, 200);
  clock.now = 4000;
  report(100, 200, 'loss 0.231');
  clock.now = 4010;
  report(101, 200);
  display.end();
  t.deepEqual(written, [
    '\r\u001b[Kdistill [....................] 0%  0/200',
    '\r\u001b[Kdistill [##########..........] 50%  100/200  25.0/s  0:04 l',
    '\r\u001b[K',
  ]);
});

test('a terminal shows the last step however soon it comes', (t) => {
  const { display, written } = makeDisplay({ isTTY: true });
  const report = display.begin('fit');
  report(1, 2);
  report(2, 2);
  t.is(written.at(-1), '\r\u001b[Kfit [####################] 100%  2/2');
});

test('a message on a terminal stands above the live line', (t) => {
  const { display, written } = makeDisplay({ isTTY: true });
  display.begin('fit')(1, 4);
  display.log('saved');
  t.is(
    written.join(''),
    [
      '\r\u001b[Kfit [#####...............] 25%  1/4',
      '\r\u001b[Ksaved\n',
      '\r\u001b[Kfit [#####...............] 25%  1/4',
    ].join(''),
  );
});

test('elsewhere a line comes at most every so many seconds, without control characters', (t) => {
  const { display, clock, written } = makeDisplay({ everySeconds: 5 });
  const report = display.begin('synthesize');
  for (let done = 0; done <= 24; done++) {
    clock.now = done * 500;
    report(done, 24);
  }
  display.end();
  t.deepEqual(written, [
    'synthesize [########............] 41%  10/24  2.0/s  0:07 left\n',
    'synthesize [################....] 83%  20/24  2.0/s  0:02 left\n',
  ]);
});

test('slow work is given in seconds for each step', (t) => {
  const { display, clock, written } = makeDisplay({ isTTY: true });
  const report = display.begin('fit');
  report(0, 3);
  clock.now = 90_000;
  report(1, 3);
  t.is(written.at(-1), '\r\u001b[Kfit [######..............] 33%  1/3  90.0 s each  3:00 left');
});

test('durations are written with minutes, and with hours where there are any', (t) => {
  t.deepEqual([0, 59.4, 59.6, 3599, 3600, 36_061].map(formatDuration), [
    '0:00',
    '0:59',
    '1:00',
    '59:59',
    '1:00:00',
    '10:01:01',
  ]);
});
