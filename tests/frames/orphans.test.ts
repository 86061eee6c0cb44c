import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { openFrameSource } from '@oneface/edge/frames/open-frame-source';
import type { FrameSourceOptions } from '@oneface/edge/frames/source-options';
import { dieWithAgent } from '@oneface/edge/processes/die-with-agent';
import test, { type ExecutionContext } from 'ava';
import { temporaryFolder } from '../support/temporary-folder.js';
import { DEVICE, FakeCamera } from './support/fake-camera.js';
import { descendantIds, endsSoon, until } from './support/processes.js';
import { sourceDeps } from './support/source-deps.js';
import { standIns } from './support/stand-ins.js';

const AGENT = fileURLToPath(new URL('./support/agent-to-kill.js', import.meta.url));
const SHOT = { width: 64, height: 48, skip: 0, quality: 90, deadlineSeconds: 60 };
const STREAM = { kind: 'stream', width: 64, height: 48, perSecond: 20, stallSeconds: 60 } as const;

test('when the agent is killed a running camera program dies with it', async (t) => {
  const agent = await startAgent(t, { ...STREAM, program: 'ffmpeg', device: 'TEST:' });
  if (agent.stdout === null) return t.fail();
  await once(agent.stdout, 'data');
  await allDieWith(t, agent, 1);
});

test('when the agent is killed v4l2-ctl dies with it, and the camera is free for the next agent', async (t) => {
  const camera = new FakeCamera();
  const options = { ...STREAM, program: 'v4l2-ctl', device: DEVICE } as const;
  const agent = await startAgent(t, options, camera.env);
  if (agent.stdout === null) return t.fail();
  await once(agent.stdout, 'data');
  await allDieWith(t, agent, 1);
  const next = await openFrameSource(options, sourceDeps({ env: camera.env }));
  t.not(await next.next(new AbortController().signal), undefined);
  await next.close();
});

test('when the agent is killed a camera program that hangs and never writes dies with it', async (t) => {
  const { env } = standIns({ 'rpicam-vid': 'exec sleep 1000' });
  const agent = await startAgent(t, { ...STREAM, program: 'rpicam-vid', device: '0' }, env);
  await allDieWith(t, agent, 1);
});

test('when the agent is killed fswebcam dies with it, even blocked in open()', async (t) => {
  const agent = await startAgent(t, { kind: 'fswebcam', device: `FILE:${await fifo(t)}`, ...SHOT });
  await allDieWith(t, agent, 1);
});

test('when the agent is killed node-webcam dies with it, and so do its shell and its fswebcam', async (t) => {
  const agent = await startAgent(t, { kind: 'node-webcam', device: `FILE:${await fifo(t)}`, ...SHOT });
  // The shell may have become fswebcam.
  await allDieWith(t, agent, 2);
});

test('what a killed agent left of its shots is removed when a camera is opened', async (t) => {
  const shots = await temporaryFolder(t);
  const options = { kind: 'fswebcam', device: `FILE:${await fifo(t)}`, ...SHOT } as const;
  const killed = await startAgent(t, options, process.env, shots);
  const running = await startAgent(t, options, process.env, shots);
  await until(async () => (await readdir(shots)).length === 2);
  killed.kill('SIGKILL');
  await once(killed, 'exit');
  const other = ['oneface-frame-x', 'oneface-other', `oneface-frame-${running.pid}-1-abcdef`];
  for (const name of other) await mkdir(join(shots, name));
  // A link that takes the name of a folder is removed, not followed.
  await mkdir(join(shots, 'kept'));
  await writeFile(join(shots, 'kept', 'file'), '');
  await symlink(join(shots, 'kept'), join(shots, 'oneface-frame-999999999-1-abcdef'));

  await (
    await openFrameSource({ ...options, device: 'TEST:' }, sourceDeps({ shotFolders: [shots] }))
  ).close();
  const left = await readdir(shots);
  t.deepEqual(
    left.filter((name) => !name.startsWith(`oneface-frame-${running.pid}-`)),
    ['kept', 'oneface-frame-x', 'oneface-other'],
  );
  t.is(left.length, 4, 'the folder of the running agent is kept, that of an earlier one with its id is not');
  t.deepEqual(await readdir(join(shots, 'kept')), ['file']);
});

test('without setpriv a program is run as it is', async (t) => {
  const { folder } = standIns({ camera: '' });
  t.deepEqual(await dieWithAgent('camera', ['-x'], folder), {
    program: join(folder, 'camera'),
    args: ['-x'],
  });
  t.is(await dieWithAgent('setpriv', [], folder), undefined);
  t.is(await dieWithAgent('camera', [], undefined), undefined);
  t.is(await dieWithAgent('camera', [], '.:relative'), undefined, 'only absolute folders are searched');
});

/** Starts an agent whose source is the one given, and waits until its camera program runs. */
async function startAgent(
  t: ExecutionContext,
  options: FrameSourceOptions,
  env: NodeJS.ProcessEnv = process.env,
  shots?: string,
): Promise<ChildProcess> {
  const folder = shots ?? (await temporaryFolder(t));
  const args = [AGENT, JSON.stringify(options), JSON.stringify([folder])];
  const agent = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  t.teardown(() => agent.kill('SIGKILL'));
  return agent;
}

async function allDieWith(t: ExecutionContext, agent: ChildProcess, least: number): Promise<void> {
  const { pid } = agent;
  if (pid === undefined) return t.fail('it was not started');
  let ids: string[] = [];
  await until(async () => {
    ids = await descendantIds(pid);
    return ids.length >= least;
  });
  agent.kill('SIGKILL');
  for (const id of ids) t.true(await endsSoon(id));
}

async function fifo(t: ExecutionContext): Promise<string> {
  const pipe = join(await temporaryFolder(t), 'pipe.jpg');
  await promisify(execFile)('mkfifo', [pipe]);
  return pipe;
}
