import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { npm, run } from '../commands.mjs';
import { buildEnvironment, TOOLCHAIN } from '../native-build.mjs';
import { SetupError } from '../setup-error.mjs';
import { findLibrary } from './library-folder.mjs';
import { cachedLibrary, TENSORFLOW_VERSION, wheelSteps } from './wheel.mjs';

const PACKAGE = '@tensorflow/tfjs-node';
const BINDING = 'lib/napi-v8/tfjs_binding.node';
// Beside the binding, so that both vanish together when npm lays the package anew.
const STAMP = 'lib/oneface-setup.json';

/**
 * What was set up: the source, and the release it stands for.
 *
 * @typedef {{ kind: 'cpu' | 'cuda' | 'package' | 'folder' | 'found', folder?: string, version: string }} Stamp
 */

/**
 * The steps that give @tensorflow/tfjs-node its native library, or none if it has the one that is wanted.
 *
 * @param {string} root
 * @param {import('../settings.mjs').Settings} settings
 * @param {boolean} fresh whether the npm packages are about to be installed anew
 * @returns {Promise<import('../progress.mjs').Step[]>}
 */
export async function tensorflowSteps(root, { tensorflow, cache }, fresh) {
  const home = join(root, 'node_modules', PACKAGE);
  const stamp = readStamp(home);
  const wanted = tensorflow ?? stamp ?? { kind: 'found' };
  if (!fresh && existsSync(join(home, BINDING))) {
    if (stamp && isSame(stamp, wanted) && existsSync(join(home, 'deps/lib'))) return [];
    if (!stamp && wanted.kind === 'found' && (await works())) {
      return [
        {
          title: 'TensorFlow: taking the working library that is there',
          run: () => writeStamp(home, wanted),
        },
      ];
    }
  }
  const source = wanted.kind === 'found' ? { kind: 'cpu' } : wanted;
  const finish = async () => {
    await verify(source.kind);
    await writeStamp(home, source);
  };
  if (source.kind === 'package') return [packageStep(root, home, finish)];
  if (source.kind === 'folder') {
    findLibrary(source.folder);
    return [buildStep(home, source.folder, finish)];
  }
  return [...wheelSteps(source.kind, cache), buildStep(home, cachedLibrary(source.kind, cache), finish)];
}

/**
 * Links the library into the package, compiles the binding against it and proves that it works.
 *
 * @param {string} home the package's folder
 * @param {string} folder where TensorFlow is
 * @param {() => Promise<void>} finish
 * @returns {import('../progress.mjs').Step}
 */
function buildStep(home, folder, finish) {
  return {
    title: `TensorFlow: compiling the binding for ${folder}`,
    programs: TOOLCHAIN,
    run: async () => {
      const { include, lib, library, framework } = findLibrary(folder);
      await forget(home);
      const deps = join(home, 'deps');
      const linkNames = join(deps, 'link-names');
      await mkdir(linkNames, { recursive: true });
      await symlink(include, join(deps, 'include'));
      // A link to the folder, not to its files: the CUDA library looks for NVIDIA's relative to its own place.
      await symlink(lib, join(deps, 'lib'));
      await symlink(library, join(linkNames, 'libtensorflow.so'));
      await symlink(framework, join(linkNames, 'libtensorflow_framework.so'));
      await npm(['exec', '--no', '--', 'node-pre-gyp', 'install', '--build-from-source'], {
        cwd: home,
        env: { ...buildEnvironment(), LIBRARY_PATH: linkNames },
      });
      await finish();
    },
  };
}

/**
 * Lets the package's own install script download the library that it was made for.
 *
 * @param {string} root
 * @param {string} home
 * @param {() => Promise<void>} finish
 * @returns {import('../progress.mjs').Step}
 */
function packageStep(root, home, finish) {
  return {
    title: "TensorFlow: the package's own download",
    run: async () => {
      await forget(home);
      await npm(['rebuild', PACKAGE, '--ignore-scripts=false'], { cwd: root, env: buildEnvironment() });
      await finish();
    },
  };
}

/**
 * Takes away what an earlier set-up left, first of all its claim to be done.
 *
 * @param {string} home
 */
async function forget(home) {
  await rm(join(home, STAMP), { force: true });
  await rm(join(home, 'deps'), { recursive: true, force: true });
}

/**
 * @param {string} kind
 * @throws {SetupError} unless the native backend computes, on the GPU if the kind is "cuda"
 */
async function verify(kind) {
  const output = await run(process.execPath, [fileURLToPath(new URL('verify.mjs', import.meta.url))]);
  const { backend, gpu, product } = JSON.parse(output.trim().split('\n').at(-1) ?? '');
  if (backend !== 'tensorflow' || product !== 11) {
    throw new SetupError(`Expected TensorFlow's backend to be "tensorflow" but received "${backend}"`);
  }
  if (kind === 'cuda' && !gpu) {
    throw new SetupError(
      "TensorFlow's CUDA library is in place but sees no GPU. Check the NVIDIA driver (nvidia-smi), or set ONEFACE_TENSORFLOW=cpu",
    );
  }
}

function works() {
  return verify('found').then(
    () => true,
    () => false,
  );
}

/**
 * @param {Stamp} stamp
 * @param {{ kind: string, folder?: string }} wanted
 */
function isSame(stamp, wanted) {
  return stamp.kind === wanted.kind && stamp.folder === wanted.folder && stamp.version === TENSORFLOW_VERSION;
}

/**
 * @param {string} home
 * @returns {Stamp | undefined}
 */
function readStamp(home) {
  const file = join(home, STAMP);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}

/**
 * @param {string} home
 * @param {{ kind: string, folder?: string }} source
 */
async function writeStamp(home, source) {
  const stamp = { ...source, version: TENSORFLOW_VERSION };
  await writeFile(join(home, STAMP), `${JSON.stringify(stamp, null, 2)}\n`);
}
