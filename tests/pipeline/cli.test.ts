import { spawnSync } from 'node:child_process';
import { InputError } from '@oneface/common/errors/errors';
import { runCli } from '@oneface/trainer/cli';
import { type Command, defineCommand } from '@oneface/trainer/commands/command';
import { COMMANDS } from '@oneface/trainer/commands/command-table';
import test from 'ava';
import { projectFile } from '../support/paths.js';
import { makeProject, outputs, runHere, runInChild } from './fixtures/project.js';

interface Ending {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(
  argv: readonly string[],
  commands: readonly Command[],
  signal?: AbortSignal,
): Promise<Ending> {
  let stdout = '';
  let stderr = '';
  const code = await runCli(argv, commands, {
    stdout: {
      write: (text) => {
        stdout += text;
      },
    },
    stderr: {
      write: (text) => {
        stderr += text;
      },
    },
    signal: signal ?? new AbortController().signal,
    clock: () => new Date(0),
    now: () => 0,
  });
  return { code, stdout, stderr };
}

const paint = defineCommand({
  name: 'paint',
  summary: 'Paints a wall.',
  usage: 'WALL --color NAME',
  options: {
    color: { type: 'string', short: 'c', value: 'NAME', default: 'white', description: 'The colour.' },
    wet: { type: 'boolean', description: 'Do not wait.' },
    coat: { type: 'string', multiple: true, value: 'N', description: 'A coat.' },
  },
  async run({ values, positionals }, { stdout }) {
    stdout.write(JSON.stringify({ ...values, positionals }));
  },
});

function failing(error: unknown): Command {
  return { ...paint, run: () => Promise.reject(error) };
}

test('options and words reach the command', async (t) => {
  const { code, stdout } = await run(
    ['paint', 'north', '-c', 'red', '--wet', '--coat=1', '--coat', '2'],
    [paint],
  );
  t.is(code, 0);
  t.deepEqual(JSON.parse(stdout), { color: 'red', wet: true, coat: ['1', '2'], positionals: ['north'] });
});

test('help lists the commands, and for one its options', async (t) => {
  const all = await run(['--help'], [paint]);
  t.is(all.code, 0);
  t.regex(all.stdout, /^Usage: oneface-trainer COMMAND/);
  t.regex(all.stdout, / {2}paint {2}Paints a wall\./);
  const one = await run(['paint', '--help'], [paint]);
  t.is(one.code, 0);
  t.is(
    one.stdout,
    [
      'Usage: oneface-trainer paint WALL --color NAME',
      '',
      'Paints a wall.',
      '',
      'Options:',
      '  -c, --color NAME  The colour. (default: white)',
      '  --wet             Do not wait.',
      '  --coat N          A coat. (may be given more than once)',
      '  -h, --help        Shows this text.',
      '',
    ].join('\n'),
  );
});

for (const [argv, complaint, help] of [
  [[], 'one of paint for the command but received nothing', '--help'],
  [['pant'], 'one of paint for the command but received "pant"', '--help'],
  [['--wet'], 'one of paint for the command but received "--wet"', '--help'],
  [
    ['paint', '--colour', 'red'],
    'one of --color, --wet, --coat, --help for an option but received "--colour"',
    'paint --help',
  ],
  [['paint', '-x'], 'one of --color, --wet, --coat, --help for an option but received "-x"', 'paint --help'],
  [['paint', '--color'], 'a value for --color but received nothing', 'paint --help'],
  [['paint', '-c', '--wet'], 'a value for -c but received "--wet"', 'paint --help'],
  [['paint', '--wet=yes'], 'no value for --wet but received "yes"', 'paint --help'],
] as const) {
  test(`the command line "${argv.join(' ')}" is refused with status 2`, async (t) => {
    const { code, stdout, stderr } = await run(argv, [paint]);
    t.is(code, 2);
    t.is(stdout, '');
    t.is(stderr, `Expected ${complaint}\nSee: oneface-trainer ${help}\n`);
  });
}

test('an error of Oneface ends with its message alone and status 1', async (t) => {
  const { code, stderr } = await run(
    ['paint'],
    [failing(new InputError('Expected a wall but received a sea'))],
  );
  t.is(code, 1);
  t.is(stderr, 'Expected a wall but received a sea\n');
});

test('a defect ends with its stack and status 1', async (t) => {
  const { code, stderr } = await run(['paint'], [failing(new TypeError('wall is undefined'))]);
  t.is(code, 1);
  t.regex(stderr, /TypeError: wall is undefined\n\s+at /);
});

test('an interruption ends with status 130, an error beside it does not pass for one', async (t) => {
  const signal = AbortSignal.abort();
  t.like(await run(['paint'], [failing(signal.reason)], signal), { code: 130, stderr: 'Interrupted\n' });
  const inNode = new Error('aborted', { cause: signal.reason });
  t.like(await run(['paint'], [failing(inNode)], signal), { code: 130 });
  t.like(await run(['paint'], [failing(new InputError('no'))], signal), { code: 1, stderr: 'no\n' });
});

test('SIGINT ends a real run with status 130, and the next run goes on from there', async (t) => {
  const unkilled = await makeProject(t);
  await runHere(unkilled);
  const project = await makeProject(t);
  const child = runInChild(project, ['--pause', '2000']);
  await child.step('grow', 1);
  child.process.kill('SIGINT');
  const { code, stderr } = await child.ended;
  t.is(code, 130);
  t.regex(stderr, /grow: stopped after 0:0\d; the same command goes on from here\nInterrupted\n$/);
  t.regex((await runHere(project)).log[0] ?? '', /goes on where it was stopped/);
  t.deepEqual(await outputs(project), await outputs(unkilled));
});

test('the program itself answers --help and refuses what it does not know', (t) => {
  const program = projectFile('src/trainer/dist/main.js');
  const trainer = (...args: string[]) =>
    spawnSync(process.execPath, [program, ...args], { encoding: 'utf8' });
  const help = trainer('--help');
  t.is(help.status, 0);
  for (const { summary } of COMMANDS) t.true(help.stdout.includes(summary));
  const refused = trainer('run', '--no-such-option');
  t.is(refused.status, 2);
  t.is(
    refused.stderr,
    'Expected one of --help for an option but received "--no-such-option"\nSee: oneface-trainer run --help\n',
  );
  t.is(trainer('run', '/no/such/pipeline.json').status, 1);
});
