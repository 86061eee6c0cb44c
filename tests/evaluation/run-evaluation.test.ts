import { createHash } from 'node:crypto';
import { readFile, unlink, writeFile } from 'node:fs/promises';
import { InputError, IntegrityError } from '@oneface/common/errors/errors';
import { readModelFile, writeModelFile } from '@oneface/trainer/evaluation/model-file';
import { runEvaluation } from '@oneface/trainer/evaluation/run-evaluation';
import { readRaster } from '@oneface/trainer/images/read-picture';
import test, { type ExecutionContext } from 'ava';
import { temporaryFolder } from '../support/temporary-folder.js';
import { tinySegmenter } from '../support/tiny-segmenter.js';
import { writeDataset } from './example-dataset.js';

async function exampleRun(t: ExecutionContext) {
  const folder = await temporaryFolder(t);
  const { float, int8 } = await tinySegmenter();
  await writeModelFile(`${folder}/float.onnx`, float);
  await writeModelFile(`${folder}/int8.onnx`, int8);
  const mask = [0, 0, 1, 1, 4, 1, 1, 5, 1, 2, 2, 1, 1, 11, 12, 1];
  await writeDataset(`${folder}/faces`, [
    { name: 'a', grey: 40, mask },
    { name: 'b', grey: 200, mask },
  ]);
  return {
    folder,
    run: {
      models: [`${folder}/float.onnx`, `${folder}/int8.onnx`],
      dataset: `${folder}/faces`,
      labels: 'celebamask-19',
      command: 'evaluate --labels celebamask-19',
      out: `${folder}/out`,
    },
  };
}

test('float and int8 files are measured side by side and reported as JSON, table and sheet', async (t) => {
  const { folder, run } = await exampleRun(t);
  const evaluation = await runEvaluation(run);
  t.is(evaluation.classSet, 'face-3');
  t.deepEqual(
    evaluation.models.map(({ name, precision }) => [name, precision]),
    [
      ['float', 'float32'],
      ['int8', 'int8'],
    ],
  );
  for (const { name, digest } of evaluation.models) {
    const model = await readFile(`${folder}/${name}.onnx`);
    t.is(digest, createHash('sha256').update(model).digest('hex'));
  }
  const written = JSON.parse(await readFile(`${run.out}/evaluation.json`, 'utf8'));
  t.deepEqual(written, { command: run.command, ...evaluation });
  const table = await readFile(`${run.out}/evaluation.md`, 'utf8');
  t.regex(table, /\| IoU in % +\| +float \| +int8 \| int8 - float \|/);
  t.true(table.includes(run.command));
  const sheet = await readRaster(`${run.out}/evaluation.png`);
  t.is(sheet.width, 4 * 196 + 4);
  t.is(sheet.height, 2 * 196 + 4);
});

test('a run over fewer pictures says how many', async (t) => {
  const { run } = await exampleRun(t);
  const evaluation = await runEvaluation({ ...run, limit: 1 });
  t.is(evaluation.dataset.pictures, 1);
  t.deepEqual(
    evaluation.pictures.map(({ name }) => name),
    ['a'],
  );
});

test('a model without its spec, with a wrong one, or that is no ONNX file is refused', async (t) => {
  const { folder, run } = await exampleRun(t);
  const file = `${folder}/int8.onnx`;
  const { model, spec } = await readModelFile(file);
  await writeModelFile(file, { model, spec: { ...spec, output: { width: 7, height: 7 } } });
  await t.throwsAsync(runEvaluation(run), { instanceOf: IntegrityError, message: /model output/ });
  await writeModelFile(file, { model: Uint8Array.of(1, 2, 3), spec });
  await t.throwsAsync(runEvaluation(run), { instanceOf: InputError, message: /an ONNX model/ });
  await writeFile(`${folder}/int8.spec.json`, '{');
  await t.throwsAsync(runEvaluation(run), { instanceOf: InputError, message: /JSON text/ });
  await unlink(`${folder}/int8.spec.json`);
  await t.throwsAsync(runEvaluation(run), { instanceOf: InputError, message: /int8.spec.json/ });
  await t.throwsAsync(runEvaluation({ ...run, models: [] }), { instanceOf: InputError });
  await t.throwsAsync(runEvaluation({ ...run, models: [`${folder}/faces`] }), {
    instanceOf: InputError,
    message: /ends in .onnx/,
  });
});
