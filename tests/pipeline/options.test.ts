import {
  integerOption,
  numberOption,
  positionalArguments,
  requiredOption,
  seedsOption,
  UsageError,
} from '@oneface/trainer/commands/options';
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';

function refuses(t: ExecutionContext, parse: () => unknown, message: string): void {
  t.throws(parse, { instanceOf: UsageError, message });
}

test('a whole number within its limits is taken', (t) => {
  t.is(integerOption('--count', '64', { min: 1, max: 64 }), 64);
  t.is(integerOption('--shift', '-3'), -3);
  t.is(integerOption('--count', '1e3'), 1000);
});

test('what is no whole number, or out of its limits, is refused', (t) => {
  const limits = { min: 1, max: 64 };
  for (const value of ['0', '65', '1.5', '', ' ', 'x', '1x', 'Infinity']) {
    const message = `Expected an integer from 1 to 64 for --count but received "${value}"`;
    refuses(t, () => integerOption('--count', value, limits), message);
  }
  refuses(
    t,
    () => integerOption('--count', undefined, { min: 1 }),
    'Expected an integer of at least 1 for --count but received nothing',
  );
});

test('a number may have a fraction, but has to be finite', (t) => {
  t.is(numberOption('--psi', '0.7', { min: 0, max: 1 }), 0.7);
  refuses(t, () => numberOption('--psi', 'NaN'), 'Expected a number for --psi but received "NaN"');
  refuses(
    t,
    () => numberOption('--psi', '1.1', { max: 1 }),
    'Expected a number of at most 1 for --psi but received "1.1"',
  );
});

test('seeds are numbers and ranges in the order given', (t) => {
  t.deepEqual(seedsOption('--seeds', '0-3,42, 7-7'), [0, 1, 2, 3, 42, 7]);
  t.deepEqual(seedsOption('--seeds', '4294967295'), [4294967295]);
});

test('any list of ranges reads back as its numbers', (t) => {
  const range = fc.tuple(fc.nat(2 ** 31), fc.nat(50));
  fc.assert(
    fc.property(fc.array(range, { minLength: 1, maxLength: 20 }), (ranges) => {
      const text = ranges.map(([first, more]) => `${first}-${first + more}`).join();
      const numbers = ranges.flatMap(([first, more]) =>
        Array.from({ length: more + 1 }, (_, i) => first + i),
      );
      t.deepEqual(seedsOption('--seeds', text), numbers);
    }),
  );
});

test('what is no list of seeds is refused', (t) => {
  for (const value of ['a', '1,', '-1', '1.5', '1-2-3', '1 2']) {
    const message = `Expected seeds such as 0-15,42 for --seeds but received "${value}"`;
    refuses(t, () => seedsOption('--seeds', value), message);
  }
  for (const value of ['5-4', '0-4294967296', '4294967296']) {
    const message = `Expected rising seeds from 0 to 4294967295 for --seeds but received "${value}"`;
    refuses(t, () => seedsOption('--seeds', value), message);
  }
  refuses(t, () => seedsOption('--seeds', ''), 'Expected a value for --seeds but received ""');
});

test('a range too long to be meant is refused before it is made', (t) => {
  t.is(seedsOption('--seeds', '1-100000').length, 100_000);
  for (const value of ['0-100000', '0-4294967295', '0-99999,3']) {
    const message = `Expected at most 100000 seeds for --seeds but received "${value}"`;
    refuses(t, () => seedsOption('--seeds', value), message);
  }
});

test('an option that has to be there is missed by its name', (t) => {
  t.is(requiredOption('--out', 'runs'), 'runs');
  refuses(t, () => requiredOption('--out', undefined), 'Expected a value for --out but received nothing');
});

test('words without an option are as many as the command takes', (t) => {
  t.deepEqual(positionalArguments(['a', 'b'], ['FILE', 'DIR']), ['a', 'b']);
  refuses(
    t,
    () => positionalArguments(['a'], ['FILE', 'DIR']),
    'Expected a value for DIR but received nothing',
  );
  refuses(
    t,
    () => positionalArguments(['a', 'b'], ['FILE']),
    'Expected nothing more for the arguments after FILE but received "b"',
  );
});
