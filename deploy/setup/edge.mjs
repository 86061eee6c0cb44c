import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { npm, run } from './commands.mjs';
import { epollSteps } from './native-build.mjs';
import { pruneSteps } from './prune-packages.mjs';

const PROGRAM = 'src/edge/dist/main.js';
const STAMP = 'node_modules/.oneface-edge';
const WORKSPACES = ['--workspace', 'src/common', '--workspace', 'src/edge', '--include-workspace-root'];

/**
 * The steps that set up a device: the agent compiled, and of the npm packages only what it runs on. None if
 * that was done for these very sources.
 *
 * @param {string} root
 * @returns {import('./progress.mjs').Step[]}
 */
export function edgeSteps(root) {
  const stamp = join(root, STAMP);
  const digest = sourceDigest(root);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === digest && existsSync(join(root, PROGRAM))) {
    return [];
  }
  const runNpm = (...args) => npm([...args, ...WORKSPACES], { cwd: root });
  const [epoll] = epollSteps(root, true);
  return [
    {
      title: 'npm packages of the agent, with the tools to compile it',
      run: async () => {
        await runNpm('ci');
      },
    },
    {
      title: 'Compiling the agent',
      run: async () => {
        await rm(join(root, 'src/edge/dist'), { recursive: true, force: true });
        await rm(join(root, 'src/common/dist'), { recursive: true, force: true });
        await run(process.execPath, ['node_modules/typescript/bin/tsc', '--build', 'src/edge'], {
          cwd: root,
        });
      },
    },
    {
      title: 'Removing the tools',
      run: async () => {
        // Saving, npm 10 would change the lock file.
        await runNpm('prune', '--omit=dev', '--no-save');
      },
    },
    ...pruneSteps(root),
    epoll,
    {
      title: 'Starting the agent once',
      run: async () => {
        await run(process.execPath, [PROGRAM, '--help'], { cwd: root });
        await writeFile(stamp, digest);
      },
    },
  ];
}

/**
 * A digest of all that the compiled agent depends on: sources, lock file, version of Node.
 *
 * @param {string} root
 */
function sourceDigest(root) {
  const hash = createHash('sha256').update(`${process.version} ${process.arch}`);
  const files = ['src/common', 'src/edge'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .map((file) => join(folder, file))
      .filter((file) => /\.(ts|json)$/.test(file) && !/(^|\/)(dist|node_modules)\//.test(file)),
  );
  for (const file of ['package-lock.json', 'tsconfig.base.json', ...files.sort()]) {
    hash.update(file).update(readFileSync(join(root, file)));
  }
  return hash.digest('hex');
}
