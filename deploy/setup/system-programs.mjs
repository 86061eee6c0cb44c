import { existsSync } from 'node:fs';
import { hasProgram } from './commands.mjs';
import { SetupError } from './setup-error.mjs';

/**
 * What set-up can install: the Debian and Ubuntu package that brings each program, and for what is no program
 * of that name, a file by which it is known. "pip" stands for `python3 -m pip`.
 *
 * @type {Record<string, { package: string, file?: string }>}
 */
const DEBIAN_PACKAGES = {
  'g++': { package: 'g++' },
  make: { package: 'make' },
  python3: { package: 'python3' },
  pip: { package: 'python3-pip' },
  fswebcam: { package: 'fswebcam' },
  ffmpeg: { package: 'ffmpeg' },
  'v4l2-ctl': { package: 'v4l-utils' },
  mosquitto: { package: 'mosquitto' },
  openssl: { package: 'openssl' },
  faketime: { package: 'faketime' },
  gpioset: { package: 'gpiod' },
  fusermount3: { package: 'fuse3' },
  libfuse3: { package: 'libfuse3-dev', file: '/usr/include/fuse3/fuse.h' },
  'pkg-config': { package: 'pkg-config' },
  'systemd-notify': { package: 'systemd' },
  'qemu-aarch64': { package: 'qemu-user' },
  'arm64 libc': { package: 'libc6-arm64-cross', file: '/usr/aarch64-linux-gnu/lib/libc.so.6' },
  'arm64 libstdc++': { package: 'libstdc++6-arm64-cross', file: '/usr/aarch64-linux-gnu/lib/libstdc++.so.6' },
};

/** What only the tests need. */
export const TEST_PROGRAMS = [
  'g++',
  'fswebcam',
  'ffmpeg',
  'v4l2-ctl',
  'mosquitto',
  'openssl',
  'faketime',
  'gpioset',
  'fusermount3',
  'libfuse3',
  'pkg-config',
  'systemd-notify',
];

/**
 * @typedef {object} Host
 * @property {string[]} folders where programs are looked for
 * @property {boolean} isRoot
 * @property {import('./commands.mjs').Run} run
 */

/**
 * The step that installs the programs which are missing, or none.
 *
 * @param {Iterable<string>} programs names from DEBIAN_PACKAGES
 * @param {Host} host
 * @returns {Promise<import('./progress.mjs').Step[]>}
 * @throws {SetupError} if some are missing and may not be installed from here; it names the one command to run
 */
export async function systemProgramSteps(programs, host) {
  const missing = [];
  for (const program of new Set(programs)) if (!(await isThere(program, host))) missing.push(program);
  if (missing.length === 0) return [];

  const names = missing.join(', ');
  if (!hasProgram('apt-get', host.folders)) {
    throw new SetupError(`These programs are missing. Install them, then start again: ${names}`);
  }
  const packages = missing.map((program) => DEBIAN_PACKAGES[program].package);
  const install = ['apt-get', 'install', '--yes', '--no-install-recommends', ...packages];
  const prefix = host.isRoot ? [] : ['sudo', '-n'];
  if (!host.isRoot && !(await maySudo(host))) {
    const command = `sudo apt-get update && sudo ${install.join(' ')}`;
    throw new SetupError(
      `These programs are missing: ${names}. Run this, then start again:\n\n  ${command}\n`,
    );
  }
  const apt = (args) => {
    const [command, ...rest] = [...prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', ...args];
    return host.run(command, rest);
  };
  return [
    {
      title: `System packages: ${packages.join(', ')}`,
      run: async () => {
        await apt(['apt-get', 'update']);
        await apt(install);
      },
    },
  ];
}

/**
 * @param {string} program
 * @param {Host} host
 */
async function isThere(program, host) {
  const { file } = DEBIAN_PACKAGES[program];
  if (file !== undefined) return existsSync(file);
  if (program !== 'pip') return hasProgram(program, host.folders);
  return hasProgram('python3', host.folders) && succeeds(host.run('python3', ['-m', 'pip', '--version']));
}

/** @param {Host} host */
async function maySudo(host) {
  return hasProgram('sudo', host.folders) && succeeds(host.run('sudo', ['-n', 'true']));
}

/** @param {Promise<string>} command */
function succeeds(command) {
  return command.then(
    () => true,
    () => false,
  );
}
