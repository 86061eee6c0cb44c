import test from 'ava';
import { loadModule } from './scripts.js';

interface NodeVersionModule {
  checkNodeVersion(version: string, range: string): void;
}

const { checkNodeVersion } = await loadModule<NodeVersionModule>('deploy/setup/node-version.mjs');
const RANGE = '^20.19.0 || ^22.12.0 || ^24.0.0';

for (const version of ['20.19.0', '20.20.2', '22.12.0', '22.12.1', '22.100.0', '24.0.0', '24.21.0']) {
  test(`Node ${version} is taken`, (t) => {
    t.notThrows(() => checkNodeVersion(version, RANGE));
  });
}

for (const version of ['18.20.4', '20.18.9', '21.7.3', '22.11.0', '23.0.0', '26.0.0']) {
  test(`Node ${version} is refused`, (t) => {
    t.throws(() => checkNodeVersion(version, RANGE), {
      message: `Expected ${RANGE} for the version of Node but received ${version}`,
    });
  });
}
