import { NewestFrame } from '@oneface/edge/frames/newest-frame';
import test from 'ava';
import fc from 'fast-check';

const never = () => new AbortController().signal;

test('of frames that nobody takes only the newest is kept, and each frame is taken or counted', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.boolean(), { maxLength: 60 }), async (steps) => {
      const newest = new NewestFrame();
      let offered = 0;
      let taken = 0;
      let last = 0;
      for (const take of steps) {
        if (!take) newest.offer(frame(++offered));
        else if (offered > last) {
          const got = await newest.take(never());
          t.is(got?.capturedAt, offered);
          last = offered;
          taken += 1;
        }
      }
      t.is(newest.dropped + taken + (offered > last ? 1 : 0), offered);
    }),
  );
});

test('who waits gets the next frame, and it is not kept for a second reader', async (t) => {
  const newest = new NewestFrame();
  const awaited = newest.take(never());
  newest.offer(frame(1));
  t.is((await awaited)?.capturedAt, 1);
  const next = newest.take(never());
  newest.offer(frame(2));
  newest.offer(frame(3));
  t.is((await next)?.capturedAt, 2);
  t.is((await newest.take(never()))?.capturedAt, 3);
  t.is(newest.dropped, 0);
});

test('a failure is told once, after the frame that still waits, and is over with the next frame', async (t) => {
  const newest = new NewestFrame();
  newest.offer(frame(1));
  newest.fail(new Error('first'));
  newest.fail(new Error('second'));
  t.is((await newest.take(never()))?.capturedAt, 1);
  await t.throwsAsync(newest.take(never()), { message: 'second' });
  newest.fail(new Error('third'));
  newest.offer(frame(2));
  t.is((await newest.take(never()))?.capturedAt, 2);
  const awaited = newest.take(never());
  newest.fail(new Error('fourth'));
  await t.throwsAsync(awaited, { message: 'fourth' });
});

test('an aborted wait rejects with the reason and loses no frame', async (t) => {
  const newest = new NewestFrame();
  const reason = new Error('enough');
  await t.throwsAsync(newest.take(AbortSignal.abort(reason)), { is: reason });
  const controller = new AbortController();
  const awaited = newest.take(controller.signal);
  controller.abort(reason);
  newest.offer(frame(1));
  await t.throwsAsync(awaited, { is: reason });
  t.is((await newest.take(never()))?.capturedAt, 1);
});

test('once closed there is no frame and no failure', async (t) => {
  const newest = new NewestFrame();
  const awaited = newest.take(never());
  newest.close();
  t.is(await awaited, undefined);
  newest.offer(frame(1));
  newest.fail(new Error('late'));
  t.is(await newest.take(never()), undefined);
});

function frame(capturedAt: number) {
  return { bytes: new Uint8Array(), capturedAt, name: `#${capturedAt}` };
}
