/**
 * Sets the project up, with nothing but Node: npm packages, system packages, native libraries. Called again,
 * it finds nothing to do. See docs/01-set-up.md.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { ARM64_PROGRAMS, arm64Steps, emulatesArm64 } from './arm64.mjs';
import { run, searchPath } from './commands.mjs';
import { edgeSteps } from './edge.mjs';
import { epollSteps } from './native-build.mjs';
import { checkNodeVersion } from './node-version.mjs';
import { npmPackageSteps } from './npm-packages.mjs';
import { runSteps } from './progress.mjs';
import { readSettings } from './settings.mjs';
import { SetupError } from './setup-error.mjs';
import { systemProgramSteps, TEST_PROGRAMS } from './system-programs.mjs';
import { tensorflowSteps } from './tensorflow/binding.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));

try {
  await setUp();
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(`Set-up: ${error.message}`);
  process.exitCode = 1;
}

async function setUp() {
  const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  checkNodeVersion(process.versions.node, engines.node);
  const settings = readSettings(process.argv.slice(2), process.env, root);

  const steps = settings.edge ? edgeSteps(root) : await fullSteps(settings);
  const programs = steps.flatMap((step) => step.programs ?? []);
  if (settings.edge) programs.push('fswebcam', 'ffmpeg', 'openssl');
  if (settings.tests) programs.push(...TEST_PROGRAMS);
  if (settings.tests && emulatesArm64(process.arch)) programs.push(...ARM64_PROGRAMS);
  const host = { folders: searchPath(), isRoot: process.getuid?.() === 0, run };
  const all = [...(await systemProgramSteps(programs, host)), ...steps];

  if (all.length === 0) return console.log('Set-up: nothing to do');
  const start = Date.now();
  await runSteps(all, { say: (line) => console.log(line) });
  console.log(`Set-up: complete after ${Math.round((Date.now() - start) / 1000)} s`);
}

async function fullSteps(settings) {
  const packages = npmPackageSteps(root);
  const fresh = packages.length > 0;
  return [
    ...packages,
    ...epollSteps(root, fresh),
    ...(await tensorflowSteps(root, settings, fresh)),
    ...(settings.tests ? arm64Steps(root, settings.cache) : []),
  ];
}
