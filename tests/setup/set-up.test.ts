import { cp, mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { projectFile } from '../support/paths.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { runScript } from './scripts.js';

const SET_UP = projectFile('deploy/setup/main.mjs');

test('set-up finds nothing to do when it ran before, and says so within two seconds', async (t) => {
  const first = await runScript(SET_UP, ['--tests']);
  t.is(first.code, 0, first.output);
  const second = await runScript(SET_UP, ['--tests']);
  t.is(second.code, 0);
  t.is(second.output, 'Set-up: nothing to do\n');
  t.true(second.milliseconds < 2000, `${second.milliseconds} ms`);
});

test('an unknown source of TensorFlow is refused', async (t) => {
  const { code, output } = await runScript(SET_UP, [], { ONEFACE_TENSORFLOW: 'gpu' });
  t.is(code, 1);
  t.is(
    output,
    'Set-up: Expected cpu, cuda, package or the path of a folder for ONEFACE_TENSORFLOW but received "gpu"\n',
  );
});

test('a folder without TensorFlow is refused before anything is changed', async (t) => {
  const { code, output } = await runScript(SET_UP, [], { ONEFACE_TENSORFLOW: projectFile('docs/') });
  t.is(code, 1);
  t.regex(output, /^Set-up: Expected a folder with TensorFlow in it .* for ONEFACE_TENSORFLOW but received/);
});

test('an unknown flag is refused', async (t) => {
  const { code, output } = await runScript(SET_UP, ['--everything']);
  t.is(code, 1);
  t.regex(output, /^Set-up: Expected --edge or --tests for set-up's flags but received "--everything"/);
});

/** Copies set-up to a project where nothing has been installed, and where no program can be found. */
async function bareProject(t: ExecutionContext) {
  const root = await temporaryFolder(t);
  await cp(projectFile('deploy/setup'), join(root, 'deploy/setup'), { recursive: true });
  await cp(projectFile('package.json'), join(root, 'package.json'));
  await cp(projectFile('package-lock.json'), join(root, 'package-lock.json'));
  const environment = { PATH: '/nonexistent', ONEFACE_TENSORFLOW: undefined };
  const setUp = (flags: string[] = [], env: NodeJS.ProcessEnv = {}) =>
    runScript(join(root, 'deploy/setup/main.mjs'), flags, { ...environment, ...env });
  return { root, setUp };
}

test('set-up ends with an error and names what is missing where it cannot install it', async (t) => {
  const { setUp } = await bareProject(t);
  const { code, output } = await setUp();
  t.is(code, 1);
  t.regex(output, /^Set-up: These programs are missing\. .*g\+\+, make, python3, pip$/m);
});

for (const [what, place] of [
  ['under a file', 'package.json/cache/of/ours'],
  ['that is a file', 'package.json'],
  ['that is a dead link', 'dead'],
  ['under /proc', '/proc/oneface/cache'],
  ['that is /proc', '/proc'],
]) {
  test(`a cache ${what} is refused before anything is changed`, async (t) => {
    const { root, setUp } = await bareProject(t);
    await symlink('/nonexistent/cache', join(root, 'dead'));
    const cache = resolve(root, place);
    const { code, output } = await setUp(['--tests'], { ONEFACE_CACHE: cache });
    const complaint = `Set-up: Expected a folder that can be written for ONEFACE_CACHE but received "${cache}": `;
    t.true(output.startsWith(complaint), output);
    t.regex(output, /: E[A-Z]+: [^\n]+\n$/);
    t.is(code, 1);
    t.false((await readdir(root)).includes('node_modules'));
  });
}

test('the machine that already has all of it needs no cache that can be written', async (t) => {
  const { code, output } = await runScript(SET_UP, [], { ONEFACE_CACHE: '/proc/oneface' });
  t.is(output, 'Set-up: nothing to do\n');
  t.is(code, 0);
});

test('set-up refuses a version of Node that package.json does not allow', async (t) => {
  const root = await temporaryFolder(t);
  await cp(projectFile('deploy/setup'), join(root, 'deploy/setup'), { recursive: true });
  await writeFile(join(root, 'package.json'), '{ "engines": { "node": "^18.2.0 || ^19.0.0" } }');
  await mkdir(join(root, 'node_modules'));
  const { code, output } = await runScript(join(root, 'deploy/setup/main.mjs'));
  t.is(code, 1);
  t.is(
    output,
    `Set-up: Expected ^18.2.0 || ^19.0.0 for the version of Node but received ${process.versions.node}\n`,
  );
});
