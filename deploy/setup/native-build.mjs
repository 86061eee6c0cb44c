import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { npm, run } from './commands.mjs';

/** What node-gyp needs to compile a native module. */
export const TOOLCHAIN = ['g++', 'make', 'python3'];

/**
 * The environment in which node-gyp compiles: with Node's own headers where they came with Node, so that
 * nothing has to be downloaded for them.
 *
 * @returns {NodeJS.ProcessEnv}
 */
export function buildEnvironment() {
  const prefix = dirname(dirname(process.execPath));
  const hasHeaders = existsSync(join(prefix, 'include/node/node.h'));
  return hasHeaders ? { ...process.env, npm_config_nodedir: prefix } : process.env;
}

/**
 * The step that compiles `epoll`, through which onoff hears GPIO edges, unless this Node can load it.
 *
 * @param {string} root
 * @param {boolean} fresh whether the npm packages are about to be installed anew
 * @returns {import('./progress.mjs').Step[]}
 */
export function epollSteps(root, fresh) {
  if (!fresh && loads(root)) return [];
  return [
    {
      title: 'Native module for GPIO: epoll',
      programs: TOOLCHAIN,
      run: async () => {
        await npm(['rebuild', 'epoll', '--ignore-scripts=false'], { cwd: root, env: buildEnvironment() });
        // With the headers of another Node, as npm's setting nodedir may name them, it compiles all the same.
        await run(process.execPath, ['--eval', "require('epoll')"], { cwd: root });
      },
    },
  ];
}

/** @param {string} root */
function loads(root) {
  try {
    createRequire(join(root, 'package.json'))('epoll');
    return true;
  } catch {
    // Absent, or compiled for another version of Node: either way it has to be compiled.
    return false;
  }
}
