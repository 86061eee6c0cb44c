import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { makeMaterial } from '../clock/faked-agent.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { writeAgentConfig } from './agent-config.js';
import { runProgram, startProgram, startProgramIn } from './program.js';
import { PLAIN } from './runtimes.js';

const material = await makeMaterial();

test.after.always(() => material.remove());

async function configure(t: ExecutionContext, changes: object = {}) {
  const folder = await temporaryFolder(t);
  const config = await writeAgentConfig(folder, material, changes);
  return { config, folder, state: join(folder, 'state') };
}

test('a second agent on a state folder ends at once and changes nothing in it', async (t) => {
  const { config, state } = await configure(t);
  await mkdir(state);
  const values = { 'frames.perSecond': 20 };
  const probation = { version: 1, confirmed: {}, probation: { id: 'faster-1', values, starts: 0 } };
  await writeFile(join(state, 'settings.json'), JSON.stringify(probation));
  const first = startProgram(t, 'run', '--config', config);
  while (!first.stderr().includes('agent started')) await new Promise((resolve) => setTimeout(resolve, 20));
  const files = () =>
    Promise.all(['settings.json', 'starts.json'].map((name) => readFile(join(state, name))));
  const before = await files();
  const second = await runProgram(t, 'run', '--config', config);
  t.deepEqual(second, {
    code: 1,
    stdout: '',
    stderr: `The state folder ${state} is in use by another process\n`,
  });
  t.deepEqual(await files(), before);
  first.child.kill('SIGTERM');
  t.is((await first.ended).code, 0);
});

test('a state folder that cannot be one is refused by its name, also where Node would try for ever', async (t) => {
  for (const state of ['/proc/oneface', '/dev/null', '/dev/null/oneface']) {
    const { config } = await configure(t, { state });
    const { code, stderr } = await runProgram(t, 'run', '--config', config);
    t.is(code, 2, stderr);
    t.regex(stderr, new RegExp(`^Expected a folder.* for config\\.state but received "${state}"\n$`));
  }
});

test('the agent keeps nothing but its state: its log goes to stderr alone', async (t) => {
  const { config, folder } = await configure(t, {
    source: { kind: 'folder', path: material.frames },
    log: { level: 'debug' },
  });
  const env = { ...process.env, HOME: folder, TMPDIR: folder };
  const { code, stdout, stderr } = await startProgramIn({ ...PLAIN, env }, t, 'run', '--config', config)
    .ended;
  t.is(code, 0, stderr);
  t.is(stdout, '');
  t.regex(stderr, /debug frame done/);
  const isMessages = (name: string) => /^state\/outbox\/(event|reply|health)-[\d-]+\.v1$/.test(name);
  const left = (await readdir(folder, { recursive: true })).filter((name) => !isMessages(name));
  t.deepEqual(left.toSorted(), ['config.json', 'state', 'state/outbox', 'state/starts.json']);
});

test('what a killed agent left of its shots is gone when the next one has its camera', async (t) => {
  const { config } = await configure(t, {
    source: { kind: 'fswebcam', device: 'TEST:', width: 64, height: 48 },
    frames: { limit: 1 },
  });
  // As of a process that has gone: no id is as high.
  const left = await mkdtemp('/dev/shm/oneface-frame-999999999-1-');
  t.teardown(() => rm(left, { recursive: true, force: true }));
  await writeFile(join(left, 'shot.jpg'), 'a picture');
  const { code, stderr } = await runProgram(t, 'run', '--config', config);
  t.is(code, 0, stderr);
  t.false(existsSync(left));
});
