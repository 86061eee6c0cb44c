import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readRaster } from '@oneface/trainer/images/read-picture';
import { writePicture } from '@oneface/trainer/images/write-picture';
import { readSafetensors, writeSafetensors } from '@oneface/trainer/tensors/safetensors-file';
import test, { type ExecutionContext } from 'ava';
import { trainerHere } from '../commands/trainer.js';
import { projectFile } from '../support/paths.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { makeProject, signalIn } from './project.js';

const NAME = 'seed047';

async function copyOfLabels(t: ExecutionContext): Promise<string> {
  const folder = join(await temporaryFolder(t), 'labels');
  await cp(projectFile('models/labels'), folder, { recursive: true });
  return folder;
}

async function runFit(labels: string) {
  const options = ['--generator', projectFile('models/generator'), '--annotations', labels, '--epochs', '1'];
  return trainerHere('fit', '--run', join(labels, '..', 'run'), ...options);
}

async function replaceLatent(labels: string, change: (latent: Float32Array) => Float32Array): Promise<void> {
  const file = join(labels, 'latents.safetensors');
  const { tensors } = await readSafetensors(file);
  const latent = change(tensors.get(NAME)?.data as Float32Array);
  await writeSafetensors(file, new Map([[NAME, { shape: [1, latent.length], data: latent }]]));
}

test('a picture that was saved anew with slight changes is still taken for the one of its latent', async (t) => {
  const labels = await copyOfLabels(t);
  const { width, height, data } = await readRaster(join(labels, `${NAME}.png`));
  const noisy = data.map((value, i) => Math.min(255, value + (i % 3)));
  await writePicture(join(labels, `${NAME}.png`), { width, height, data: noisy });
  const { status, stderr } = await runFit(labels);
  t.is(status, 0, stderr);
});

test('labels of a picture that the generator does not make from the latent are refused', async (t) => {
  const labels = await copyOfLabels(t);
  await replaceLatent(labels, (latent) => latent.toReversed());
  const { status, stderr } = await runFit(labels);
  t.is(status, 1);
  const complaint = `Expected the picture that the generator makes from its latent for ${NAME} in ${labels}`;
  t.true(stderr.includes(complaint), stderr);
  t.regex(stderr, /but received "one that differs by \d+\.\d grey levels"\n$/);
});

test('labels of a picture of another size are refused', async (t) => {
  const labels = await copyOfLabels(t);
  const half = { width: 32, height: 32, data: new Uint8Array(32 * 32 * 3) };
  await writePicture(join(labels, `${NAME}.png`), half);
  const { status, stderr } = await runFit(labels);
  t.is(status, 1);
  t.regex(stderr, /\nExpected its picture's 32x32 pixels for .*seed047\.mask\.png but received "64x64"\n$/);
});

test('a latent of another generator is refused', async (t) => {
  const labels = await copyOfLabels(t);
  await replaceLatent(labels, (latent) => latent.slice(0, 100));
  const { status, stderr } = await runFit(labels);
  t.is(status, 1);
  t.true(
    stderr.endsWith(`Expected a latent of 256 values for ${NAME} in ${labels} but received 100\n`),
    stderr,
  );
});

test('an interrupted fit writes a checkpoint, and the next run goes on from there', async (t) => {
  const project = await makeProject(t, { fit: { epochs: 100_000 } });
  const checkpoint = join(project.run, 'fit.partial', 'scratch', 'checkpoint.safetensors');
  let done = 0;
  for (const opening of ['starts', 'goes on where it was stopped']) {
    const { status, stderr } = await signalIn(project, 'fit', 'SIGINT', 1500);
    t.is(status, 130, stderr);
    t.true(stderr.includes(`[1/7] fit: ${opening}\n`), stderr);
    t.regex(stderr, /fit: stopped after \d+:\d\d; the same command goes on from here\nInterrupted\n$/);
    const { step } = (await readSafetensors(checkpoint)).metadata;
    t.true(Number(step) >= done, `${step} after ${done}`);
    done = Number(step);
  }
});

test('a fit whose checkpoint was damaged says so and starts from its first step', async (t) => {
  const project = await makeProject(t, { fit: { epochs: 100_000 } });
  await signalIn(project, 'fit', 'SIGINT', 1500);
  const checkpoint = join(project.run, 'fit.partial', 'scratch', 'checkpoint.safetensors');
  const bytes = await readFile(checkpoint);
  bytes[bytes.length - 1] ^= 1;
  await writeFile(checkpoint, bytes);
  const { status, stderr } = await signalIn(project, 'fit', 'SIGINT', 1500);
  t.is(status, 130, stderr);
  const warning = `${checkpoint} is damaged, so training starts from its first step: Expected SHA-256 `;
  t.true(stderr.includes(`[1/7] fit: goes on where it was stopped\n${warning}`), stderr);
});
