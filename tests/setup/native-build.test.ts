import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { temporaryFolder } from '../support/temporary-folder.js';
import { loadModule } from './scripts.js';

interface NativeBuildModule {
  epollSteps(root: string, fresh: boolean): { run(): Promise<void> }[];
}

const { epollSteps } = await loadModule<NativeBuildModule>('deploy/setup/native-build.mjs');

/** A project whose epoll needs no compiler and is `source` once it is "compiled". */
async function project(t: ExecutionContext, source: string) {
  const root = await temporaryFolder(t);
  const epoll = join(root, 'node_modules/epoll');
  await mkdir(epoll, { recursive: true });
  await writeFile(join(root, 'package.json'), JSON.stringify({ dependencies: { epoll: '1.0.0' } }));
  await writeFile(join(epoll, 'package.json'), JSON.stringify({ name: 'epoll', version: '1.0.0' }));
  await writeFile(join(epoll, 'index.js'), source);
  return root;
}

test('a native module that this Node cannot load, once it is compiled, ends set-up', async (t) => {
  const [step] = epollSteps(await project(t, 'throw new Error("compiled for another Node")'), true);
  await t.throwsAsync(async () => step?.run(), { message: /compiled for another Node/ });
});

test('a native module is compiled where it was not there, and left alone where this Node loads it', async (t) => {
  const root = await project(t, 'exports.Epoll = class {};');
  const [step] = epollSteps(root, true);
  await t.notThrowsAsync(async () => step?.run());
  t.is(epollSteps(root, false).length, 0);
});
