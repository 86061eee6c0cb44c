import { createLiveness } from '@oneface/edge/supervision/liveness';
import test from 'ava';

function turnable() {
  let now = 0;
  const liveness = createLiveness({ monotonic: () => now });
  return {
    liveness,
    pass: (milliseconds: number) => {
      now += milliseconds;
    },
  };
}

test('an inference is overdue once it takes longer than it may, and no more when it ends', async (t) => {
  const { liveness, pass } = turnable();
  let finish = (_: string) => {};
  const work = liveness.within('inference', 100, () => new Promise<string>((done) => (finish = done)));
  pass(100);
  t.is(liveness.overdue(), undefined);
  pass(1);
  t.deepEqual(liveness.overdue(), { what: 'inference', running: 101, limit: 100 });
  finish('mask');
  t.is(await work, 'mask');
  t.is(liveness.overdue(), undefined);
});

test('an inference that fails is done, and its error comes through', async (t) => {
  const { liveness, pass } = turnable();
  const failed = liveness.within('inference', 100, () => Promise.reject(new Error('out of memory')));
  await t.throwsAsync(failed, { message: 'out of memory' });
  pass(1000);
  t.is(liveness.overdue(), undefined);
});

test('a frame loop is overdue when it says nothing for too long', (t) => {
  const { liveness, pass } = turnable();
  const pulse = liveness.pulse('frame loop');
  pass(1000);
  t.is(liveness.overdue(), undefined, 'it has not begun');
  for (let beat = 0; beat < 5; beat += 1) {
    pulse.beat('a frame', 100);
    pass(100);
    t.is(liveness.overdue(), undefined);
  }
  pass(1);
  t.deepEqual(liveness.overdue(), { what: 'frame loop: a frame', running: 101, limit: 100 });
  pulse.rest();
  t.is(liveness.overdue(), undefined);
});

test('waiting that somebody else bounds is never overdue', (t) => {
  const { liveness, pass } = turnable();
  liveness.pulse('frame loop').beat('waits for the button', Number.POSITIVE_INFINITY);
  pass(1e12);
  t.is(liveness.overdue(), undefined);
});

test('one that gets on does not hide another that does not', async (t) => {
  const { liveness, pass } = turnable();
  void liveness.within('inference', 100, () => new Promise(() => {}));
  const pulse = liveness.pulse('frame loop');
  pass(101);
  pulse.beat('a frame', 100);
  await liveness.within('inference', 100, async () => {});
  t.is(liveness.overdue()?.what, 'inference');
});

test('of two that are overdue the one that began last is named, as the other waits for it', (t) => {
  const { liveness, pass } = turnable();
  liveness.pulse('frame loop').beat('a frame', 100);
  pass(10);
  liveness.within('inference', 50, () => new Promise(() => {}));
  pass(200);
  t.deepEqual(liveness.overdue(), { what: 'inference', running: 200, limit: 50 });
});
