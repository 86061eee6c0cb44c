import { join, resolve } from 'node:path';
import { expected } from './setup-error.mjs';

/**
 * @typedef {object} Settings
 * @property {boolean} edge set up a device: the agent alone, without TensorFlow
 * @property {boolean} tests the programs that only the tests start are wanted too
 * @property {TensorFlowSource | undefined} tensorflow undefined keeps what is there, else "cpu"
 * @property {string} cache folder that outlives node_modules and may serve several clones
 *
 * @typedef {{ kind: 'cpu' | 'cuda' | 'package' } | { kind: 'folder', folder: string }} TensorFlowSource
 */

const FLAGS = ['--edge', '--tests'];

/**
 * Reads the flags and the environment (ONEFACE_TENSORFLOW, ONEFACE_CACHE).
 *
 * @param {string[]} flags
 * @param {NodeJS.ProcessEnv} env
 * @param {string} root the project's folder
 * @returns {Settings}
 * @throws {import('./setup-error.mjs').SetupError} on an unknown flag or value
 */
export function readSettings(flags, env, root) {
  const unknown = flags.find((flag) => !FLAGS.includes(flag));
  if (unknown !== undefined) throw expected(FLAGS.join(' or '), "set-up's flags", JSON.stringify(unknown));
  return {
    edge: flags.includes('--edge'),
    tests: flags.includes('--tests'),
    tensorflow: readTensorFlowSource(env.ONEFACE_TENSORFLOW),
    cache: env.ONEFACE_CACHE ? resolve(env.ONEFACE_CACHE) : join(root, '.cache'),
  };
}

/**
 * @param {string | undefined} value
 * @returns {TensorFlowSource | undefined}
 */
function readTensorFlowSource(value) {
  if (!value) return undefined;
  if (value === 'cpu' || value === 'cuda' || value === 'package') return { kind: value };
  if (value.includes('/')) return { kind: 'folder', folder: resolve(value) };
  throw expected('cpu, cuda, package or the path of a folder', 'ONEFACE_TENSORFLOW', JSON.stringify(value));
}
