import { InputError } from '@oneface/common/errors/errors';
import { readBenchOptions } from '@oneface/edge/bench/bench-options';
import test from 'ava';

const LEAST = ['--bundle', 'a.oneface', '--key', 'k.pem'];

test('a bench needs a bundle and a key; the rest has defaults', (t) => {
  t.deepEqual(readBenchOptions(LEAST), {
    bundle: 'a.oneface',
    keys: ['k.pem'],
    frames: undefined,
    count: 10_000,
    broker: undefined,
    json: false,
  });
  t.throws(() => readBenchOptions(LEAST.slice(0, 2)), {
    instanceOf: InputError,
    message: 'Expected a value for --key but received nothing',
  });
  t.throws(() => readBenchOptions(LEAST.slice(2)), { instanceOf: InputError });
});

test('frames, count, broker and form can be chosen, and keys may be many', (t) => {
  const more = ['--key', 'l.pem', '--frames', 'f', '--count', '5', '--broker', 'mqtt://h', '--json'];
  t.deepEqual(readBenchOptions([...LEAST, ...more]), {
    bundle: 'a.oneface',
    keys: ['k.pem', 'l.pem'],
    frames: 'f',
    count: 5,
    broker: 'mqtt://h',
    json: true,
  });
});

for (const wrong of ['0', '1.5', 'many', '']) {
  test(`"${wrong}" is no count of frames`, (t) => {
    t.throws(() => readBenchOptions([...LEAST, `--count=${wrong}`]), { instanceOf: InputError });
  });
}

test('an option that bench does not have is refused', (t) => {
  t.throws(() => readBenchOptions([...LEAST, '--fast']), { instanceOf: InputError });
});
