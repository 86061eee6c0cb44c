import { parseReply } from '@oneface/common/commands/parse';
import { parseStatus } from '@oneface/common/events/parse';
import { parseHealth } from '@oneface/common/health/parse';
import test from 'ava';
import { runProgram, startProgramIn } from '../agent/program.js';
import { freePort, startMosquitto } from '../mqtt/support/brokers.js';
import { observe } from '../mqtt/support/observer.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { CORTEX_A76, emulates, openBoard } from './board.js';
import { Device, eventsOf, payloads, sight } from './device.js';
import { writeFrames } from './frames.js';

/** An emulated processor is ten times as slow, and other tests may take the cores. */
const PATIENCE_MILLISECONDS = 20 * 60_000;

const agent = emulates ? 'an agent on an emulated Raspberry Pi 5' : 'an agent on this machine for arm64';

test(`${agent} keeps, reports and obeys, and sees what one on ${process.arch} sees, bit for bit`, async (t) => {
  t.timeout(PATIENCE_MILLISECONDS);
  const board = await openBoard(CORTEX_A76);
  t.teardown(() => board.remove());
  const frames = await temporaryFolder(t);
  const count = await writeFrames(frames);
  const port = await freePort();
  const device = new Device(await temporaryFolder(t), port);

  // The broker is away at first, so events have to wait on the disk.
  await device.lookAt(frames, true);
  const emulated = startProgramIn(board.runtime, t, 'run', '--config', device.config);
  await device.hasKept(1, emulated);
  const broker = await startMosquitto(port);
  t.teardown(() => broker.stop());
  const observer = await observe(port, `oneface/${device.name}/#`, 5);
  t.teardown(() => observer.close());
  for (let number = 1; number <= count; number++) {
    await observer.until(({ payload }) => payload.includes(`"frame":{"number":${number},`));
  }
  await device.send({ schemaVersion: 1, id: 'send-your-health', command: 'send-health' });
  await observer.until(({ payload }) => payload.includes('"successful"'));
  emulated.child.kill('SIGTERM');
  const { code, stderr } = await emulated.ended;
  t.is(code, 0, stderr);
  await observer.until(({ payload }) => payload.includes('"stopped"'));

  const made = eventsOf(observer);
  const [{ boot, log, historical }] = made;
  t.deepEqual([log.kept, historical], [true, true]);
  t.deepEqual(
    payloads(observer, 'status')
      .map(parseStatus)
      .map((status) => [status.state, status.boot]),
    [
      ['online', boot],
      ['offline', boot],
    ],
  );
  t.deepEqual(
    payloads(observer, 'replies').map((reply) => parseReply(reply).state),
    ['accepted', 'executing', 'successful'],
  );
  const health = payloads(observer, 'health').map(parseHealth).at(-1);
  t.true(Number(health?.frames.analysed) >= count && health?.boot === boot);

  // The same disk in the other machine: it goes on with the log, and looks at the frames again.
  await device.lookAt(frames, false);
  const ended = await runProgram(t, 'run', '--config', device.config);
  t.is(ended.code, 0, ended.stderr);
  await observer.until(({ payload }) => payload.includes('"stopped"') && !payload.includes(boot));
  const all = eventsOf(observer);
  t.deepEqual([...new Set(all.map((event) => event.log.id))], [log.id]);
  t.deepEqual(
    all.map(({ sequence }) => sequence),
    all.map((_, index) => index + 1),
  );
  const seen = all.filter((event) => event.boot !== boot);
  t.deepEqual(
    seen.map(({ kind }) => kind),
    ['face', 'face', 'face', 'no-face'],
  );
  t.deepEqual(made.slice(0, count).map(sight), seen.map(sight));
});
