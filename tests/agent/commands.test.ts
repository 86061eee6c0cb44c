import { LONGEST_COMMAND } from '@oneface/common/commands/command';
import test, { type ExecutionContext } from 'ava';
import { makeMaterial } from '../clock/faked-agent.js';
import { freePort, startMosquitto } from '../mqtt/support/brokers.js';
import { Device, head, stopInOrder } from './device.js';

/** The real agent and a real broker: what the command handler does alone stands in tests/device-commands. */
const material = await makeMaterial();
const broker = await startMosquitto(await freePort());

test.after.always(async () => {
  await broker.stop();
  await material.remove();
});

async function device(t: ExecutionContext, name: string): Promise<Device> {
  const made = await Device.make(t, { name, material, port: broker.port });
  return made.observe();
}

test('the agent captures, diagnoses and says what it lacks, and answers state by state', async (t) => {
  const door = await device(t, 'obeys');
  const agent = await door.start();
  t.like(await door.command({ ...head('capture-1'), command: 'capture' }), {
    state: 'successful',
    result: { frame: { width: 160, height: 160 }, faces: 1 },
  });
  const states = door.replies.flatMap((reply) => ('id' in reply ? [`${reply.id} ${reply.state}`] : []));
  t.deepEqual(states, ['capture-1 accepted', 'capture-1 executing', 'capture-1 successful']);
  await door.observer.until(() => door.events.some(({ kind }) => kind === 'face'));
  t.like(await door.command({ ...head('diagnose-1'), command: 'diagnose' }), { state: 'successful' });
  t.like(await door.command({ ...head('identify-1'), command: 'identify' }), {
    state: 'failed',
    error: { code: 'unavailable', message: 'The device has no light' },
  });
  await stopInOrder(t, agent);
});

test('what is no command gets an error reply from the agent, and frames go on', async (t) => {
  const door = await device(t, 'refuses');
  const agent = await door.start();
  const bad = [
    'no JSON',
    JSON.stringify({ ...head('explode-1'), command: 'explode' }),
    JSON.stringify({ ...head('padded-1'), command: 'capture', padding: 'x'.repeat(LONGEST_COMMAND) }),
    JSON.stringify({ ...head('elsewhere'), command: 'set-config', path: 'mqtt.url', value: 'mqtt://other' }),
  ];
  for (const payload of bad) await door.send(payload);
  const codes = () =>
    door.replies.flatMap((reply) => ('error' in reply && reply.error ? [reply.error.code] : []));
  await door.observer.until(() => codes().length === bad.length);
  t.deepEqual(codes().toSorted(), ['malformed', 'not-allowed', 'too-large', 'unknown-command']);
  t.like(await door.command({ ...head('capture-1'), command: 'capture' }), { state: 'successful' });
  await stopInOrder(t, agent);
});

test('a restart ends the agent in order, the next start answers it, and the same id again ends nothing', async (t) => {
  const door = await device(t, 'restarts');
  const first = await door.start();
  const restart = { ...head('restart-1'), command: 'restart' } as const;
  await door.send(JSON.stringify(restart));
  t.is((await first.ended).code, 0, first.stderr());
  const second = await door.start();
  t.is((await door.final('restart-1')).state, 'successful');
  await door.send(JSON.stringify(restart));
  await door.observer.until(() => door.replies.some((reply) => 'repeated' in reply));
  t.like(await door.command({ ...head('capture-1'), command: 'capture' }), { state: 'successful' });
  await stopInOrder(t, second);
});

test('a setting is tried by the next starts, and taken back when the agent does not stay up with it', async (t) => {
  const door = await device(t, 'tries');
  const first = await door.start();
  await door.send(
    JSON.stringify({ ...head('faster-1'), command: 'set-config', path: 'frames.perSecond', value: 20 }),
  );
  t.is((await first.ended).code, 0, first.stderr());
  for (let start = 1; start <= 2; start++) {
    const tried = await door.start();
    t.regex(tried.stderr(), /settings made by command go over those of the file .*frames\.perSecond"?=20/);
    tried.child.kill('SIGKILL');
    await tried.ended;
  }
  const third = await door.start();
  t.like(await door.final('faster-1'), { state: 'failed', error: { code: 'failed' } });
  t.notRegex(third.stderr(), /settings made by command/);
  await stopInOrder(t, third);
});
