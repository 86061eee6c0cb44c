import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { basename, delimiter, join } from 'node:path';
import process from 'node:process';
import { SetupError } from './setup-error.mjs';

const LINES_SHOWN = 40;

/**
 * @typedef {(command: string, args: string[], options?: { cwd?: string, env?: NodeJS.ProcessEnv }) => Promise<string>} Run
 */

/**
 * Runs a command to its end and resolves to what it wrote to stdout. If it fails, the last lines of all that
 * it wrote stand in the error.
 *
 * @type {Run}
 */
export function run(command, args, { cwd, env } = {}) {
  return new Promise((done, fail) => {
    const child = spawn(command, args, { cwd, env: env ?? process.env, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let everything = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      stdout += text;
      everything += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text) => {
      everything += text;
    });
    child.on('error', (cause) => fail(new SetupError(`Cannot run ${command}: ${cause.message}`, { cause })));
    child.on('close', (code, signal) => {
      if (code === 0) return done(stdout);
      const end = everything.trimEnd().split('\n').slice(-LINES_SHOWN).join('\n');
      fail(
        new SetupError(
          `${[command, ...args].join(' ')} ended with ${signal ?? `exit code ${code}`}:\n${end}`,
        ),
      );
    });
  });
}

/** The folders where programs are looked for. Debian keeps servers in sbin, which a user's PATH may lack. */
export function searchPath(env = process.env) {
  return [...(env.PATH ?? '').split(delimiter).filter(Boolean), '/usr/sbin', '/sbin'];
}

/**
 * @param {string} name
 * @param {string[]} folders
 * @returns {boolean} whether one of the folders holds an executable of that name
 */
export function hasProgram(name, folders) {
  return folders.some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/**
 * Runs npm: the one that started this script, if one did. It may be silent itself, but its errors are wanted.
 *
 * @param {[string, ...string[]]} args
 * @param {{ cwd: string, env?: NodeJS.ProcessEnv }} options
 */
export function npm([command, ...args], { cwd, env = process.env }) {
  const all = [command, '--loglevel=error', '--no-update-notifier', ...args];
  const cli = env.npm_execpath;
  return cli && basename(cli) === 'npm-cli.js'
    ? run(process.execPath, [cli, ...all], { cwd, env })
    : run('npm', all, { cwd, env });
}
