import { spawnSync } from 'node:child_process';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { fixture } from '../checkpoints/support.js';
import { projectFile } from '../support/paths.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { trainer, trainerHere } from './trainer.js';

const GENERATOR = projectFile('models/generator');
const LABELS = projectFile('models/labels');
const FIT = ['--generator', GENERATOR, '--annotations', LABELS];

/** Command lines that say something wrong: status 2, and where to read more. */
const WRONG_USAGE: readonly (readonly [argv: readonly string[], complaint: string])[] = [
  [['import-gan'], 'a value for FILE but received nothing'],
  [['import-gan', 'a.pt'], 'a value for --out but received nothing'],
  [
    ['import-gan', 'a.pt', 'b.pt', '--out', 'x'],
    'nothing more for the arguments after FILE but received "b.pt"',
  ],
  [
    ['sample', 'gan', '--out', 'x', '--seeds', '3-1'],
    'rising seeds from 0 to 4294967295 for --seeds but received "3-1"',
  ],
  [
    ['sample', 'gan', '--out', 'x', '--truncation', 'much'],
    'a number from 0 to 2 for --truncation but received "much"',
  ],
  [
    ['sample', 'gan', '--out', 'x', '--truncation', '2.1'],
    'a number from 0 to 2 for --truncation but received "2.1"',
  ],
  [['fit', ...FIT], 'a value for --run but received nothing'],
  [['fit', '--run', 'x'], 'a text for fit.generator but received nothing'],
  [
    ['fit', '--run', 'x', '--epoch', '3'],
    'one of --run, --generator, --annotations, --shots, --epochs, --learning-rate, --decay, --decay-every, --weight-decay, --flip, --head, --seed, --help for an option but received "--epoch"',
  ],
  [['fit', '--run', 'x', ...FIT, '--epochs', 'many'], 'a number for --epochs but received "many"'],
  [['fit', '--run', 'x', ...FIT, '--epochs', '0'], 'an integer of at least 1 for fit.epochs but received 0'],
  [
    ['fit', '--run', 'x', ...FIT, '--epochs', '1.5'],
    'an integer of at least 1 for fit.epochs but received 1.5',
  ],
  [
    ['fit', '--run', 'x', ...FIT, '--head', 'cnn'],
    'one of "dilated-cnn", "mlp" for fit.head but received "cnn"',
  ],
  [['fit', '--run', 'x', ...FIT, 'more'], 'nothing more for the arguments but received "more"'],
  [['synthesize', '--run', 'x', '--generator', 'g', '--count', ''], 'a number for --count but received ""'],
  [
    ['distill', '--run', 'x', '--steps', '5', '--widths', '8,wide'],
    'a number for --widths but received "wide"',
  ],
  [
    ['quantize', '--run', 'x', '--calibration', '5000'],
    'an integer from 1 to 4096 for quantize.calibration but received 5000',
  ],
  [['evaluate'], 'at least one file for MODEL.onnx but received nothing'],
  [['evaluate', 'a.onnx'], 'a value for --photos but received nothing'],
  [
    ['evaluate', 'a.onnx', '--photos', 'p', '--labels', 'l', '--out', 'x', '--limit', '0'],
    'an integer of at least 1 for --limit but received "0"',
  ],
  [['evaluate', 'a.onnx', '--run', 'x'], 'no model file for --run but received "a.onnx"'],
  [
    ['evaluate', '--run', 'x', '--limit', '3'],
    'one of photos, labels, largestLoss for a field of evaluate but received "limit"',
  ],
  [['verify-bundle', 'face.oneface'], 'a public key file for --key but received nothing'],
  [['keygen'], 'a value for NAME but received nothing'],
  [['run'], 'a value for PIPELINE.json but received nothing'],
];

for (const [argv, complaint] of WRONG_USAGE) {
  test(`${argv.filter((word) => !word.startsWith('/')).join(' ')}: refused with status 2`, async (t) => {
    const { status, stdout, stderr } = await trainerHere(...argv);
    t.is(stderr, `Expected ${complaint}\nSee: oneface-trainer ${argv[0]} --help\n`);
    t.is(status, 2);
    t.is(stdout, '');
  });
}

test('files that are missing, or are something else, are refused with status 1', async (t) => {
  const folder = await temporaryFolder(t);
  const at = (name: string) => join(folder, name);
  await writeFile(at('text'), 'text');
  const out = ['--out', at('out')];
  for (const [argv, complaint] of [
    [
      ['import-gan', at('none.pt'), ...out],
      /^Expected a file that can be read for .*none\.pt but received "?ENOENT/,
    ],
    [['import-gan', at('text'), ...out], /^Expected .* for .*text but received /],
    [
      ['import-gan', fixture('resnet.pth'), ...out],
      /^Expected a StyleGAN2 generator .*resnet\.pth but received /,
    ],
    [['sample', at('none'), ...out], /^Expected a file that can be read for .*generator\.json but received /],
    [
      ['fit', '--run', at('run'), '--generator', at('none'), '--annotations', LABELS],
      /^Expected a file or folder at .*none but found nothing/,
    ],
    [
      ['fit', '--run', at('run'), '--generator', LABELS, '--annotations', LABELS],
      /^\[1\/1\] fit: starts\n[\s\S]*\nExpected a file that can be read for .*generator\.json/,
    ],
    [
      ['fit', '--run', at('run'), ...FIT, '--shots', '2'],
      /\nExpected at least 2 labelled pictures for .*labels but received 1\n$/,
    ],
    [
      ['evaluate', at('none.onnx'), '--photos', LABELS, '--labels', 'face-10', ...out],
      /^Expected a folder that can be read for .*images but received /,
    ],
    [['verify-bundle', at('none'), '--key', at('text')], /^Expected .*text/],
    [
      ['verify-bundle', fixture('resnet.pth'), '--key', projectFile('models/face-parts/signing.public.pem')],
      /resnet\.pth: Expected a bundle for the file but received another format\n$/,
    ],
    [['run', at('none.json')], /^Expected a pipeline file at .*none\.json but could not read one/],
    [['run', at('text')], /^Expected JSON for .*text but received /],
  ] as const) {
    const { status, stdout, stderr } = await trainerHere(...argv);
    t.is(status, 1, stderr);
    t.regex(stderr, complaint);
    t.notRegex(stderr, /\n\s+at /, 'no stack trace');
    t.is(stdout, '');
  }
  t.false((await readdir(folder)).includes('out'), 'nothing was written');
});

test('a place that cannot be written ends with status 1 and one line', async (t) => {
  const nowhere = '/dev/null/nowhere';
  for (const argv of [
    ['keygen', `${nowhere}/key`],
    ['import-gan', fixture('rosinality.pt'), '--out', nowhere],
    ['fit', '--run', nowhere, ...FIT],
  ]) {
    const { status, stderr } = await trainerHere(...argv);
    t.is(status, 1);
    t.regex(stderr, /^ENOTDIR: not a directory, mkdir '\/dev\/null\/nowhere'\n$/);
  }
});

test('a stage before its inputs is refused with status 1, and its folder stays empty', async (t) => {
  for (const [stage, missing, ...options] of [
    ['synthesize', 'fit', '--generator', GENERATOR],
    ['distill', 'synthesize', '--steps', '5'],
    ['quantize', 'synthesize'],
    ['evaluate', 'synthesize'],
    ['bundle', 'fit'],
    ['frames', 'fit', '--generator', GENERATOR],
  ]) {
    const folder = join(await temporaryFolder(t), 'run');
    const { status, stderr } = await trainerHere(stage, '--run', folder, ...options);
    t.is(status, 1);
    t.is(stderr, `Expected a finished stage ${missing} for ${folder} but received nothing\n`);
    t.deepEqual(await readdir(folder), []);
  }
});

test('a run folder that holds something else is left as it is', async (t) => {
  const folder = await temporaryFolder(t);
  await mkdir(join(folder, 'fit'));
  await writeFile(join(folder, 'fit', 'thesis.txt'), 'years of work');
  const { status, stderr } = await trainerHere('fit', '--run', folder, ...FIT);
  t.is(status, 1);
  t.regex(stderr, /^Expected a folder with a stage\.json, or none, for the output of a stage but received /);
  t.deepEqual(await readdir(join(folder, 'fit')), ['thesis.txt']);
});

test('the real program ends with the same statuses', async (t) => {
  const folder = await temporaryFolder(t);
  const [usage, failure] = await Promise.all([
    trainer(folder, 'fit', '--run', 'run', '--generator', 'gan'),
    trainer(folder, 'bundle', '--run', 'run'),
  ]);
  t.is(
    usage.stderr,
    'Expected a text for fit.annotations but received nothing\nSee: oneface-trainer fit --help\n',
  );
  t.is(usage.status, 2);
  t.is(
    failure.stderr,
    'Expected a finished stage fit for run but received nothing\n'.replace('run', join(folder, 'run')),
  );
  t.is(failure.status, 1);
});

for (const stage of ['fit', 'synthesize', 'distill', 'quantize', 'bundle', 'frames']) {
  test(`${stage} --help lists an option for each of its parameters`, async (t) => {
    const { status, stdout } = await trainerHere(stage, '--help');
    t.is(status, 0);
    t.true(stdout.startsWith(`Usage: oneface-trainer ${stage} --run DIR [OPTIONS]\n`));
    const options = stdout
      .slice(stdout.indexOf('Options:\n') + 9)
      .trimEnd()
      .split('\n');
    t.true(options.length > 3);
    for (const line of options) t.regex(line, /^ {2}(-h, )?--[a-z-]+( [A-Z]+)? {2,}\S/);
  });
}

test('commands that need no TensorFlow do not load it', (t) => {
  const code = `
    import { COMMANDS } from '@oneface/trainer/commands/command-table';
    import { createRequire } from 'node:module';
    console.log(COMMANDS.length, Object.keys(createRequire(import.meta.url).cache).some((file) => file.includes('tfjs')));`;
  const child = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
    cwd: projectFile('.'),
    encoding: 'utf8',
  });
  t.is(child.stderr, '');
  t.is(child.stdout, '12 false\n');
});
