import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { projectFile } from '../support/paths.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { loadModule, runScript } from './scripts.js';

interface ProjectBoundariesModule {
  judgeProject(root: string): { files: number; violations: string[] };
}

const { judgeProject } = await loadModule<ProjectBoundariesModule>('deploy/checks/project-boundaries.mjs');

const CLEAN: Record<string, string> = {
  'src/common/masks/rle.ts': "import type { Box } from '../images/box.js';\nexport type Rle = Box;\n",
  'src/common/images/box.ts':
    "import { sha256 } from '@noble/hashes/sha2.js';\nexport type Box = typeof sha256;\n",
  'src/protocol/index.ts': "export type { Rle } from '@oneface/common/masks/rle';\n",
  'deploy/soak/main.ts': "import 'node:fs';\n",
  'src/trainer/main.ts': "import 'node:fs';\nimport '@oneface/common/masks/rle';\n",
  'src/edge/main.ts': "import 'sharp';\nimport '@oneface/common/masks/rle';\n",
  'deploy/first-light/main.ts':
    "export const agent = new URL('../../src/edge/dist/main.js', import.meta.url);\n",
};

const VIOLATIONS: [name: string, file: string, source: string, complaint: string][] = [
  ['a static import', 'src/edge/a.ts', "import '@oneface/trainer/gan/generator';", 'imports src/trainer/gan'],
  [
    'a relative import',
    'src/trainer/b/a.ts',
    "import { x } from '../../edge/x.js';",
    'imports src/edge/x.js',
  ],
  [
    'a type-only import',
    'src/trainer/a.ts',
    "import type { X } from '@oneface/edge/x';",
    'imports src/edge/x',
  ],
  [
    'an import in a type',
    'src/edge/a.ts',
    "type X = import('../trainer/x.js').X;",
    'imports src/trainer/x.js',
  ],
  ['a re-export', 'src/edge/a.ts', "export * from '@oneface/trainer/x';", 'imports src/trainer/x'],
  ['a named re-export', 'src/edge/a.ts', "export { x } from '../trainer/x.js';", 'imports src/trainer/x.js'],
  ['a dynamic import', 'src/edge/a.ts', "await import('@oneface/trainer/x');", 'imports src/trainer/x'],
  ['an import by template', 'src/edge/a.ts', 'await import(`@oneface/trainer/x`);', 'imports src/trainer/x'],
  ['an import by sum', 'src/edge/a.ts', "await import('../trainer/' + x);", 'imports src/trainer/'],
  ['a required module', 'src/edge/a.ts', "require('../trainer/x.js');", 'imports src/trainer/x.js'],
  [
    'an import by assignment',
    'src/edge/a.cts',
    "import x = require('../trainer/x.js');",
    'imports src/trainer',
  ],
  [
    'a module loaded by what createRequire returned',
    'deploy/first-light/a.ts',
    "const load = createRequire(import.meta.url);\nload('@oneface/edge/x');",
    'a.ts:2: imports src/edge/x',
  ],
  [
    'a module loaded by createRequire at once',
    'deploy/first-light/a.ts',
    "createRequire(import.meta.url)('@oneface/trainer/x');",
    'imports src/trainer/x',
  ],
  [
    'a module augmentation',
    'src/edge/a.ts',
    "declare module '@oneface/trainer/x' {}",
    'imports src/trainer/x',
  ],
  [
    'a reference comment',
    'src/edge/a.ts',
    '/// <reference path="../trainer/x.ts" />',
    'imports src/trainer/x',
  ],
  ['a name in a string', 'src/edge/a.ts', "spawn('npx', ['@oneface/trainer']);", 'names src/trainer'],
  [
    'TensorFlow on the device',
    'src/edge/a.ts',
    "import '@tensorflow/tfjs-node';",
    'imports @tensorflow/tfjs-node',
  ],
  ['a Node module in common', 'src/common/a.ts', "import { join } from 'node:path';", 'imports node:path'],
  [
    'an unprefixed Node module in common',
    'src/common/a.ts',
    "import 'fs/promises';",
    'imports node:fs/promises',
  ],
  ['a type of Node in common', 'src/common/a.ts', "import type { Stats } from 'node:fs';", 'imports node:fs'],
  ['Node got at by process', 'src/common/a.ts', "process.getBuiltinModule('fs');", 'imports node:fs'],
  ['types of Node in common', 'src/common/a.ts', '/// <reference types="node" />', 'imports node'],
  ['an unlisted package in common', 'src/common/a.ts', "import 'sharp';", 'imports sharp'],
  ['a file outside common', 'src/common/a.ts', "import '../edge/x.js';", 'imports src/edge/x.js'],
  ['a computed import in common', 'src/common/a.ts', 'await import(name);', 'module whose name is computed'],
  [
    'a dependency in package.json',
    'src/edge/package.json',
    '{ "dependencies": { "@oneface/trainer": "*" } }',
    'src/edge/package.json: depends on src/trainer',
  ],
];

async function createProject(t: ExecutionContext, files: Record<string, string>) {
  const root = await temporaryFolder(t);
  for (const [path, source] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), source);
  }
  return root;
}

test('a project that keeps to its boundaries passes', async (t) => {
  const { files, violations } = judgeProject(await createProject(t, CLEAN));
  t.deepEqual(violations, []);
  t.is(files, Object.keys(CLEAN).length);
});

for (const [name, file, source, complaint] of VIOLATIONS) {
  test(`${name} is reported`, async (t) => {
    const { violations } = judgeProject(await createProject(t, { ...CLEAN, [file]: source }));
    t.is(violations.length, 1);
    t.true(violations[0]?.startsWith(file), violations[0]);
    t.true(violations[0]?.includes(complaint), violations[0]);
  });
}

test('a folder without sources is reported, for then the check proves nothing', async (t) => {
  const { 'src/edge/main.ts': _, ...files } = CLEAN;
  const { violations } = judgeProject(await createProject(t, files));
  t.deepEqual(violations, ['src/edge: holds no sources']);
});

test('a source that cannot be parsed is an error', async (t) => {
  const root = await createProject(t, { ...CLEAN, 'src/edge/a.ts': 'import {' });
  t.throws(() => judgeProject(root), { instanceOf: SyntaxError, message: /^src\/edge\/a\.ts: / });
});

test('the check ends with an error if there is a violation, and else without', async (t) => {
  const check = projectFile('deploy/checks/boundaries.mjs');
  const clean = await runScript(check, [await createProject(t, CLEAN)]);
  t.is(clean.code, 0, clean.output);
  const broken = await createProject(t, { ...CLEAN, 'src/common/a.ts': "import 'node:fs';" });
  const { code, output } = await runScript(check, [broken]);
  t.is(code, 1);
  t.is(output, 'src/common/a.ts:1: imports node:fs\n');
});
