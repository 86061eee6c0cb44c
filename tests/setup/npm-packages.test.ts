import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { temporaryFolder } from '../support/temporary-folder.js';
import { loadModule } from './scripts.js';

interface Package {
  version?: string;
  link?: boolean;
  optional?: boolean;
}

interface NpmPackagesModule {
  npmPackageSteps(root: string): { title: string }[];
}

const { npmPackageSteps } = await loadModule<NpmPackagesModule>('deploy/setup/npm-packages.mjs');

const LOCKED: Record<string, Package> = {
  '': { version: '0.1.0' },
  'src/edge': { version: '0.1.0' },
  'node_modules/@oneface/edge': { link: true },
  'node_modules/sharp': { version: '0.35.5' },
  'node_modules/@img/sharp-win32-x64': { version: '0.35.5', optional: true },
};
const { '': _root, 'node_modules/@img/sharp-win32-x64': _foreign, ...INSTALLED } = LOCKED;

/** How many steps set-up plans where npm noted `installed` and the folders are there. */
async function countSteps(
  t: ExecutionContext,
  installed: Record<string, Package> | undefined,
  folders: string[],
) {
  const root = await temporaryFolder(t);
  for (const folder of folders) await mkdir(join(root, folder), { recursive: true });
  await writeFile(join(root, 'package-lock.json'), JSON.stringify({ packages: LOCKED }));
  if (installed) {
    const file = join(root, 'node_modules/.package-lock.json');
    await writeFile(file, JSON.stringify({ packages: installed }));
  }
  return npmPackageSteps(root).length;
}

const FOLDERS = ['node_modules/@oneface/edge', 'node_modules/sharp'];

test('packages that the lock file asks for are left alone, with those for other platforms absent', async (t) => {
  t.is(await countSteps(t, INSTALLED, FOLDERS), 0);
});

test('packages are installed where there are none', async (t) => {
  t.is(await countSteps(t, undefined, []), 1);
});

test('packages are installed anew when one has another version', async (t) => {
  t.is(await countSteps(t, { ...INSTALLED, 'node_modules/sharp': { version: '0.35.4' } }, FOLDERS), 1);
});

test('packages are installed anew when one is absent', async (t) => {
  const { 'node_modules/sharp': _, ...rest } = INSTALLED;
  t.is(await countSteps(t, rest, FOLDERS), 1);
});

test("packages are installed anew when a package's folder was deleted", async (t) => {
  t.is(await countSteps(t, INSTALLED, ['node_modules/@oneface/edge']), 1);
});
