import { InputError } from '@oneface/common/errors/errors';
import test from 'ava';
import { loadSoak } from './soak-modules.js';

const { readOptions } = await loadSoak<typeof import('../../deploy/soak/options.js')>('options');

test('without options a soak lasts two hours', (t) => {
  t.deepEqual(readOptions([]), { help: false, minutes: 120, out: 'runs/soak', seed: undefined });
});

test('length, folder and seed can be chosen', (t) => {
  const options = readOptions(['--minutes', '3', '--out', 'x', '--seed', '7']);
  t.deepEqual(options, { help: false, minutes: 3, out: 'x', seed: 7 });
});

test('what is no length, and unknown options, are refused', (t) => {
  t.throws(() => readOptions(['--minutes', '1']), {
    instanceOf: InputError,
    message: 'Expected a number from 2 to 1440 for --minutes but received "1"',
  });
  t.throws(() => readOptions(['--minutes', 'two']), { instanceOf: InputError });
  t.throws(() => readOptions(['--hours', '2']), { instanceOf: InputError });
});
