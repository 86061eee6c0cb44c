import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
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

test('set-up ends with an error and names what is missing where it cannot install it', async (t) => {
  const root = await temporaryFolder(t);
  await cp(projectFile('deploy/setup'), join(root, 'deploy/setup'), { recursive: true });
  await cp(projectFile('package.json'), join(root, 'package.json'));
  await cp(projectFile('package-lock.json'), join(root, 'package-lock.json'));
  const { code, output } = await runScript(join(root, 'deploy/setup/main.mjs'), [], {
    PATH: '/nonexistent',
    ONEFACE_TENSORFLOW: undefined,
  });
  t.is(code, 1);
  t.regex(output, /^Set-up: These programs are missing\. .*g\+\+, make, python3, pip$/m);
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
