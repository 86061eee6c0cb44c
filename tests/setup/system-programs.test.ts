import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { temporaryFolder } from '../support/temporary-folder.js';
import { loadModule } from './scripts.js';

interface Step {
  title: string;
  run(): Promise<void>;
}

interface Host {
  folders: string[];
  isRoot: boolean;
  run(command: string, args: string[]): Promise<string>;
}

interface SystemProgramsModule {
  systemProgramSteps(programs: string[], host: Host): Promise<Step[]>;
}

const { systemProgramSteps } = await loadModule<SystemProgramsModule>('deploy/setup/system-programs.mjs');

/** A host with the given programs, where commands are noted and those that match `failing` fail. */
async function createHost(t: ExecutionContext, programs: string[], isRoot: boolean, failing = /^$/) {
  const folder = await temporaryFolder(t);
  for (const program of programs) await writeFile(join(folder, program), '', { mode: 0o755 });
  const commands: string[] = [];
  const host: Host = {
    folders: [folder],
    isRoot,
    run: async (command, args) => {
      const line = [command, ...args].join(' ');
      commands.push(line);
      if (failing.test(line)) throw new Error(`${line} failed`);
      return '';
    },
  };
  return { host, commands };
}

test('programs that are there need no step', async (t) => {
  const { host, commands } = await createHost(t, ['g++', 'make'], false);
  t.deepEqual(await systemProgramSteps(['g++', 'make', 'g++'], host), []);
  t.deepEqual(commands, []);
});

test('a file that may not be executed is no program', async (t) => {
  const { host } = await createHost(t, ['apt-get'], true);
  await writeFile(join(host.folders[0] ?? '', 'make'), '', { mode: 0o644 });
  t.is((await systemProgramSteps(['make'], host)).length, 1);
});

test('a user without rights gets the one command to run, for what is missing only', async (t) => {
  const { host } = await createHost(t, ['apt-get', 'sudo', 'make'], false, /^sudo -n true$/);
  const error = await t.throwsAsync(() => systemProgramSteps(['make', 'fswebcam', 'mosquitto'], host), {
    name: 'SetupError',
  });
  t.regex(error.message, /^These programs are missing: fswebcam, mosquitto\. /);
  t.deepEqual(
    error.message.split('\n').filter((line) => line.startsWith('  ')),
    ['  sudo apt-get update && sudo apt-get install --yes --no-install-recommends fswebcam mosquitto'],
  );
});

test('root installs the missing packages', async (t) => {
  const { host, commands } = await createHost(t, ['apt-get'], true);
  const [step] = await systemProgramSteps(['g++', 'fswebcam'], host);
  t.deepEqual(commands, [], 'nothing happens before the step runs');
  await step?.run();
  t.deepEqual(commands, [
    'env DEBIAN_FRONTEND=noninteractive apt-get update',
    'env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends g++ fswebcam',
  ]);
});

test('a user who needs no password for sudo installs the missing packages through it', async (t) => {
  const { host, commands } = await createHost(t, ['apt-get', 'sudo'], false);
  const [step] = await systemProgramSteps(['mosquitto'], host);
  await step?.run();
  t.is(
    commands.at(-1),
    'sudo -n env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends mosquitto',
  );
});

test('a system without apt gets the names of the missing programs', async (t) => {
  const { host } = await createHost(t, ['make'], true);
  await t.throwsAsync(() => systemProgramSteps(['make', 'fswebcam', 'g++'], host), {
    message: 'These programs are missing. Install them, then start again: fswebcam, g++',
  });
});

test('pip counts as missing when Python is there without it', async (t) => {
  const { host } = await createHost(t, ['apt-get', 'python3'], true, /-m pip/);
  const [step] = await systemProgramSteps(['python3', 'pip'], host);
  t.is(step?.title, 'System packages: python3-pip');
});
