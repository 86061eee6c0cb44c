import { InputError } from '@oneface/common/errors/errors';
import { runCli } from '@oneface/edge/cli/cli';
import { systemClock } from '@oneface/edge/clock/clock';
import { sleep } from '@oneface/edge/clock/sleep';
import { readCommandLine } from '@oneface/edge/config/command-line';
import test from 'ava';
import fc from 'fast-check';
import { runProgram } from './program.js';

async function run(...argv: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  let stdout = '';
  let stderr = '';
  const code = await runCli(argv, {
    env: {},
    clock: systemClock,
    sleep,
    randomBytes: (count) => new Uint8Array(count),
    random: () => 0,
    catchSignals: () => new AbortController().signal,
    stdout: (text) => {
      stdout += text;
    },
    stderr: (text) => {
      stderr += text;
    },
  });
  return { code, stdout, stderr };
}

const WRONG: readonly [argv: string, complaint: string][] = [
  [
    '',
    'Expected one of run, segment, diagnose, relay-off, bench, bench-vision for the command but received nothing',
  ],
  [
    'walk',
    'Expected one of run, segment, diagnose, relay-off, bench, bench-vision for the command but received "walk"',
  ],
  ['run', 'Expected a value for --config but received nothing'],
  ['run --config', 'Expected a value for --config but received nothing'],
  ['run --config --verbose', 'Expected a value for --config but received "--verbose"'],
  ['run --config a --config b', 'Expected one value for --config but received "a and b"'],
  ['run --config a --verbose', 'Expected one of --config, --help for an option but received "--verbose"'],
  ['run -x', 'Expected one of --config, --help for an option but received "-x"'],
  ['run --config a b', 'Expected nothing more for the end of the command line but received "b"'],
  ['segment --out o --bundle b --key k', 'Expected a value for PHOTO but received nothing'],
  ['segment p --out o --bundle b', 'Expected a value for --key but received nothing'],
];

for (const [argv, complaint] of WRONG) {
  test(`"oneface-edge ${argv}" is refused`, async (t) => {
    const ended = await run(...argv.split(' ').filter(Boolean));
    t.deepEqual(ended, { code: 2, stdout: '', stderr: `${complaint}\n` });
  });
}

test('a configuration that is not there is refused', async (t) => {
  const ended = await run('run', '--config', '/nowhere/config.json');
  const reason = "ENOENT: no such file or directory, open '/nowhere/config.json'";
  const complaint = `Expected a readable file for --config but received ${reason}\n`;
  t.deepEqual(ended, { code: 2, stdout: '', stderr: complaint });
});

test('the help names both commands and goes to stdout', async (t) => {
  const { code, stdout, stderr } = await runProgram(t, '--help');
  t.is(code, 0);
  t.regex(stdout, /run --config FILE/);
  t.regex(stdout, /segment PHOTO --out mask\.png --bundle FILE --key FILE/);
  t.is(stderr, '');
  t.is((await run('run', '--help')).stdout, stdout);
});

test('an option may stand anywhere, with or without "=", and a repeatable one more than once', (t) => {
  const shape = { positionals: ['PHOTO'], options: ['out', 'key'], multiple: ['key'] } as const;
  const wanted = { PHOTO: ['p.jpg'], out: ['m.png'], key: ['a', 'b'] };
  t.deepEqual(readCommandLine(shape, ['p.jpg', '--out', 'm.png', '--key', 'a', '--key', 'b']), wanted);
  t.deepEqual(readCommandLine(shape, ['--key=a', '--out=m.png', 'p.jpg', '--key=b']), wanted);
});

test('no command line makes the reader fail with anything but an input error', (t) => {
  const word = fc.oneof(fc.string(), fc.constantFrom('--out', '--key', '--', '-o', '--__proto__', 'p'));
  fc.assert(
    fc.property(fc.array(word, { maxLength: 8 }), (args) => {
      const shape = { positionals: ['PHOTO'], options: ['out', 'key'] } as const;
      try {
        const { out, key } = readCommandLine(shape, args);
        t.true(args.some((arg) => arg.endsWith(out[0])) && args.some((arg) => arg.endsWith(key[0])));
      } catch (error) {
        t.true(error instanceof InputError);
      }
    }),
  );
});
