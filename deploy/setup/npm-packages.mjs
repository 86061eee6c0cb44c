import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { npm } from './commands.mjs';

/**
 * The step that installs the npm packages, unless node_modules holds what the lock file asks for.
 *
 * @param {string} root
 * @returns {import('./progress.mjs').Step[]}
 */
export function npmPackageSteps(root) {
  if (isInstalled(root)) return [];
  return [
    {
      title: 'npm packages, as the lock file has them',
      run: async () => {
        await npm(['ci'], { cwd: root });
      },
    },
  ];
}

/**
 * Compares the lock file with the copy that npm leaves in node_modules. A package for another platform may
 * be absent: the lock file marks it as optional.
 *
 * @param {string} root
 */
function isInstalled(root) {
  const installedFile = join(root, 'node_modules/.package-lock.json');
  if (!existsSync(installedFile)) return false;
  const installed = readPackages(installedFile);
  return Object.entries(readPackages(join(root, 'package-lock.json'))).every(([path, wanted]) => {
    if (!path.includes('node_modules/')) return true;
    const found = installed[path];
    if (found === undefined) return wanted.optional === true;
    return found.version === wanted.version && existsSync(join(root, path));
  });
}

/**
 * @param {string} lockFile
 * @returns {Record<string, { version?: string, optional?: boolean }>}
 */
function readPackages(lockFile) {
  return JSON.parse(readFileSync(lockFile, 'utf8')).packages;
}
