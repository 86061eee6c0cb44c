import { UnavailableError } from '@oneface/common/errors/errors';
import { guardDisk } from '@oneface/edge/outbox/stall-guard';
import { randomAt } from '@oneface/trainer/random/seeded-random';
import test from 'ava';
import { SimulatedDisk } from './support/simulated-disk.js';
import { idle, TestTime } from './support/test-time.js';

const DEADLINE = 1000;

function guarded() {
  const disk = new SimulatedDisk(randomAt(1, 'disk'));
  const time = new TestTime();
  const end = new AbortController();
  return { disk, time, end, guard: guardDisk(disk.connect(), time.sleep, DEADLINE, end.signal) };
}

test('calls pass through with what they give and what they throw', async (t) => {
  const { guard } = guarded();
  const file = await guard.create('/f/a');
  t.is(await file.write(Buffer.from('text'), 0), 4);
  await file.close();
  t.deepEqual(await guard.list('/f'), [{ name: 'a', isFile: true, size: 4 }]);
  await t.throwsAsync(guard.create('/f/a'), { code: 'EEXIST' });
});

test('a call that hangs fails after the deadline, and others fail at once until it comes back', async (t) => {
  const { disk, time, guard } = guarded();
  disk.hold();
  const hanging = t.throwsAsync(guard.syncFolder('/f'), {
    instanceOf: UnavailableError,
    message: 'The disk hangs, bringing a folder to the disk for more than 1000 ms',
  });
  await time.advance(2 * DEADLINE);
  await hanging;
  await t.throwsAsync(guard.list('/f'), { message: 'The disk still hangs, bringing a folder to the disk' });
  disk.letGo();
  await idle();
  t.deepEqual(await guard.list('/f'), []);
});

test('many quick calls over a long time are no call that hangs', async (t) => {
  const { time, guard } = guarded();
  for (let calls = 0; calls < 20; calls += 1) {
    t.deepEqual(await guard.list('/f'), []);
    await time.advance(DEADLINE / 3);
  }
});

test('a file that is opened too late is closed', async (t) => {
  const { disk, time, guard } = guarded();
  disk.replace('a', Buffer.from('text'));
  const closed: string[] = [];
  disk.choose = ({ name, path }) => {
    if (name === 'close') closed.push(path);
    return undefined;
  };
  disk.hold();
  const late = t.throwsAsync(guard.openToRead('/f/a'));
  await time.advance(2 * DEADLINE);
  await late;
  t.deepEqual(closed, []);
  disk.letGo();
  await idle();
  t.deepEqual(closed, ['/f/a']);
});
