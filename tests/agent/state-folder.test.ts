import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { makeMaterial } from '../clock/faked-agent.js';
import { freePort } from '../mqtt/support/brokers.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { runProgram, startProgram } from './program.js';

const material = await makeMaterial();

test.after.always(() => material.remove());

/** Writes a configuration of an agent that goes on until it is stopped. Nobody listens at its broker. */
async function configure(t: ExecutionContext, changes: object = {}) {
  const folder = await temporaryFolder(t);
  const config = join(folder, 'config.json');
  const settings = {
    device: 'door-1',
    source: { kind: 'folder', path: material.frames, repeat: true },
    bundle: material.files.bundle,
    trustedKeys: [material.files.key],
    mqtt: { url: `mqtt://127.0.0.1:${await freePort()}` },
    health: { port: false },
    ...changes,
  };
  await writeFile(config, JSON.stringify(settings));
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
