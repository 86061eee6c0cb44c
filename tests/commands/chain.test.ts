import { existsSync } from 'node:fs';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { classSet } from '@oneface/common/classes/class-sets';
import { writeIndexPng } from '@oneface/trainer/images/index-png';
import { readRaster } from '@oneface/trainer/images/read-picture';
import test from 'ava';
import { fixture } from '../checkpoints/support.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { trainer } from './trainer.js';

const SET = classSet('face-3');

/** Draws a mask for the first sample and lists it, as a person would with a paint program and an editor. */
async function label(folder: string): Promise<void> {
  const picture = await readRaster(join(folder, 'seed001.png'));
  const side = picture.width;
  const data = Uint8Array.from({ length: side * side }, (_, pixel) => (pixel >> 2) % SET.classes.length);
  await writeIndexPng(join(folder, 'seed001.mask.png'), { width: side, height: side, data }, SET);
  const file = join(folder, 'index.json');
  const index = JSON.parse(await readFile(file, 'utf8'));
  const samples = [{ seed: 1, picture: 'seed001.png', mask: 'seed001.mask.png' }];
  await writeFile(file, JSON.stringify({ ...index, classes: SET.classes.map(({ name }) => name), samples }));
}

test("from somebody's own checkpoint to a signed bundle, command by command", async (t) => {
  const folder = await temporaryFolder(t);
  const inFolder = (...path: string[]) => join(folder, ...path);
  const done = async (...argv: string[]) => {
    const ending = await trainer(folder, ...argv);
    t.is(ending.status, 0, `${argv.join(' ')}\n${ending.stderr}`);
    return ending;
  };
  const stage = (name: string, ...options: string[]) => done(name, '--run', 'run', ...options);

  const imported = await done('import-gan', fixture('rosinality.pt'), '--out', 'gan');
  t.is(imported.stdout, "gan: 8 px, latents of 7, from rosinality's layout\n");
  t.deepEqual((await readdir(inFolder('gan'))).sort(), ['generator.json', 'generator.safetensors']);

  const sampled = await done('sample', 'gan', '--seeds', '1-2,7', '--truncation', '0.5', '--out', 'labels');
  t.is(sampled.stdout, 'labels/sheet.png\n');
  t.true(['seed001.png', 'seed002.png', 'seed007.png'].every((name) => existsSync(inFolder('labels', name))));
  await label(inFolder('labels'));

  const fitted = await stage('fit', '--generator', 'gan', '--annotations', 'labels', '--epochs', '3');
  t.regex(fitted.stderr, /^\[1\/1\] fit: starts\n\[1\/1\] fit: finished in 0:\d\d\n$/);
  t.true(existsSync(inFolder('run', 'fit', 'few-shot.safetensors')));
  await stage('synthesize', '--generator', 'gan', '--count', '4', '--held-out', '2');
  t.true(existsSync(inFolder('run', 'synthesize', 'shard-00000.safetensors')));
  await stage('distill', '--steps', '2', '--input-size', '32', '--widths', '4,6', '--batch', '2');
  t.true(existsSync(inFolder('run', 'distill', 'auto-shot.safetensors')));
  await stage('quantize', '--calibration', '2');
  const models = ['float', 'int8'].map((name) => join('run', 'quantize', `${name}.onnx`));

  const heldOut = ['--photos', join('run', 'synthesize', 'held-out'), '--labels', 'face-3'];
  const [measured, table, keys] = await Promise.all([
    stage('evaluate', '--largest-loss', '100'),
    done('evaluate', ...models, ...heldOut, '--limit', '1', '--out', 'report'),
    done('keygen', 'keys/mine'),
  ]);
  t.regex(measured.stderr, /face-3 on held-out, 2 pictures\n/);
  t.regex(table.stdout, /^face-3 on held-out, 1 picture\n[\s\S]*\| mean \(mIoU\) /);
  const report = await readFile(inFolder('report', 'evaluation.md'), 'utf8');
  const again = `oneface-trainer evaluate ${models.join(' ')} ${heldOut.join(' ')} --limit 1 --out report`;
  t.true(report.includes(`Made by \`${again}\``), report);
  t.is(keys.stdout, 'keys/mine.private.pem: keep it secret\nkeys/mine.public.pem: goes to the devices\n');
  t.is((await stat(inFolder('keys', 'mine.private.pem'))).mode & 0o777, 0o600);

  await stage('bundle', '--key', 'keys/mine.private.pem', '--name', 'A test');
  const bundle = join('run', 'bundle', 'face.oneface');
  const [verified, stranger, kept] = await Promise.all([
    done('verify-bundle', bundle, '--key', 'keys/mine.public.pem'),
    done('keygen', 'keys/other').then(() =>
      trainer(folder, 'verify-bundle', bundle, '--key', 'keys/other.public.pem'),
    ),
    done('keygen', 'keys/mine'),
    done('frames', '--run', 'run', '--generator', 'gan', '--count', '1'),
  ]);
  t.regex(verified.stdout, /^run\/bundle\/face\.oneface: whole, signed by [0-9a-f]+, model [0-9a-f]{64}\n$/);
  t.is(stranger.status, 1);
  t.regex(stranger.stderr, /key/);
  t.is(kept.stdout, 'keys/mine.private.pem: kept as it was\n');
  t.true(existsSync(inFolder('run', 'frames', 'pictures', 'frame-001.jpg')));

  const same = await stage('fit', '--generator', 'gan', '--annotations', 'labels', '--epochs', '3');
  t.regex(same.stderr, /^\[1\/1\] fit: kept, finished /);
});
