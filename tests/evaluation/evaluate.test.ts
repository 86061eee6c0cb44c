import { rm } from 'node:fs/promises';
import { classSet } from '@oneface/common/classes/class-sets';
import { InputError } from '@oneface/common/errors/errors';
import { openDataset, readSample } from '@oneface/trainer/evaluation/dataset';
import { evaluate } from '@oneface/trainer/evaluation/evaluate';
import { evaluationSheet, selectPictures } from '@oneface/trainer/evaluation/evaluation-sheet';
import { evaluationTable } from '@oneface/trainer/evaluation/evaluation-table';
import test, { type ExecutionContext } from 'ava';
import { temporaryFolder } from '../support/temporary-folder.js';
import { knowingSegmenter, writeDataset } from './example-dataset.js';

const FACE_3 = classSet('face-3');
const FACE_10 = classSet('face-10');
/** Left eye, right eye, nose, the three parts of the mouth, skin, hair, and one pixel that nobody labelled. */
const FACE_MASK = [4, 4, 2, 2, 5, 1, 2, 10, 13, 1, 11, 12, 0, 0, 0, 255];
const BLANK_MASK = new Array<number>(16).fill(0);
const WHITE = 255;
const BLACK = 0;
const SAMPLES = [
  { name: 'blank', grey: BLACK, mask: BLANK_MASK },
  { name: 'face', grey: WHITE, mask: FACE_MASK },
];
/** Against the mask: one eye pixel and one nose pixel missed, one mouth pixel too many. */
const GUESS = { [WHITE]: [1, 0, 3, 3, 1, 0, 0, 2, 0, 2, 2, 2, 0, 0, 0, 1], [BLACK]: BLANK_MASK };

async function exampleFolder(t: ExecutionContext): Promise<string> {
  const folder = `${await temporaryFolder(t)}/faces`;
  await writeDataset(folder, SAMPLES);
  return folder;
}

function close(t: ExecutionContext, found: number | null, wanted: number): void {
  t.true(found !== null && Math.abs(found - wanted) < 1e-12, `${found} is not ${wanted}`);
}

test('IoU, its mean and its frequency-weighted mean are those worked out by hand', async (t) => {
  const dataset = await openDataset(await exampleFolder(t), 'celebamask-19');
  const steps: unknown[] = [];
  const models = [{ name: 'float', digest: 'd1', segmenter: knowingSegmenter('face-3', GUESS) }];
  const evaluation = await evaluate(models, dataset, FACE_3, (...step) => steps.push(step));
  const [model] = evaluation.models;
  // Intersections 21, 2, 3, 2 of unions 24, 3, 4, 3; true pixels 22, 3, 3, 3 of 31; 28 of them right.
  [21 / 24, 2 / 3, 3 / 4, 2 / 3].forEach((iou, label) => {
    close(t, model.iou[label], iou);
  });
  close(t, model.meanIou, (21 / 24 + 2 / 3 + 3 / 4 + 2 / 3) / 4);
  close(t, model.frequencyWeightedIou, (22 * (21 / 24) + 3 * (2 / 3) + 3 * (3 / 4) + 3 * (2 / 3)) / 31);
  close(t, model.pixelAccuracy, 28 / 31);
  t.deepEqual(evaluation.dataset, { name: 'faces', labels: 'celebamask-19', pictures: 2 });
  t.deepEqual(evaluation.classes, ['background', 'eye', 'mouth', 'nose']);
  t.is(model.digest, 'd1');
  const [blank, face] = evaluation.pictures;
  t.deepEqual([blank.name, face.name], ['blank', 'face']);
  t.is(blank.meanIou[0], 1);
  close(t, face.meanIou[0], (5 / 8 + 2 / 3 + 3 / 4 + 2 / 3) / 4);
  t.deepEqual(steps, [
    [1, 2, 'blank'],
    [2, 2, 'face'],
  ]);
});

test('a face-10 model is measured in face-3, where its other parts are background', async (t) => {
  const dataset = await openDataset(await exampleFolder(t), 'celebamask-19');
  const answers = { [WHITE]: [3, 3, 4, 4, 3, 1, 4, 5, 7, 1, 5, 5, 8, 2, 9, 6], [BLACK]: BLANK_MASK };
  const models = [{ name: 'model', digest: '', segmenter: knowingSegmenter('face-10', answers) }];
  const { models: results } = await evaluate(models, dataset, FACE_3);
  t.deepEqual(results[0].iou, [1, 1, 1, 1]);
});

test('a face-3 model is not measured in face-10, which it cannot tell', async (t) => {
  const dataset = await openDataset(await exampleFolder(t), 'celebamask-19');
  const models = [{ name: 'model', digest: '', segmenter: knowingSegmenter('face-3', GUESS) }];
  await t.throwsAsync(evaluate(models, dataset, FACE_10), {
    instanceOf: InputError,
    message: 'Expected a model whose classes are told in face-10 for an evaluation but received "background"',
  });
});

test('parts that the class set has no class for do not count', async (t) => {
  const folder = await temporaryFolder(t);
  const glassesHatEarringNecklace = [3, 14, 15, 16, ...new Array<number>(12).fill(1)];
  await writeDataset(folder, [{ name: 'a', grey: WHITE, mask: glassesHatEarringNecklace }]);
  const answer = { [WHITE]: new Array<number>(16).fill(1) };
  const models = [{ name: 'model', digest: '', segmenter: knowingSegmenter('face-10', answer) }];
  const dataset = await openDataset(folder, 'celebamask-19');
  const { models: results } = await evaluate(models, dataset, FACE_10);
  t.deepEqual(
    results[0].iou,
    FACE_10.classes.map(({ name }) => (name === 'skin' ? 1 : null)),
  );
  t.is(results[0].meanIou, 1);
});

test('masks that hold labels of a class set are taken as such', async (t) => {
  const folder = await temporaryFolder(t);
  const labels = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 255, 0, 0, 0, 0, 0];
  await writeDataset(folder, [{ name: 'a', grey: WHITE, mask: labels }]);
  const { samples } = await openDataset(folder, 'face-10');
  t.deepEqual([...(await readSample(samples[0], 'face-10', FACE_10)).truth.data], labels);
  await t.throwsAsync(readSample(samples[0], 'face-3', FACE_3), {
    instanceOf: InputError,
    message: /Expected indices below 4 \(face-3\) for .*a.png but received 4/,
  });
});

test('a limit takes the first pictures by name', async (t) => {
  const { samples } = await openDataset(await exampleFolder(t), 'celebamask-19', 1);
  t.deepEqual(
    samples.map(({ name }) => name),
    ['blank'],
  );
});

test('a folder with a photo without mask, a mask without photo, or nothing is refused', async (t) => {
  const folder = await exampleFolder(t);
  await t.throwsAsync(openDataset(folder, 'rgb'), { instanceOf: InputError, message: /--labels/ });
  await t.throwsAsync(openDataset(folder, 'face-3', 0), { instanceOf: InputError });
  await rm(`${folder}/masks/face.png`);
  await t.throwsAsync(openDataset(folder, 'face-3'), { instanceOf: InputError, message: /the photo face/ });
  await rm(`${folder}/images/face.png`);
  await rm(`${folder}/images/blank.png`);
  await t.throwsAsync(openDataset(folder, 'face-3'), { instanceOf: InputError, message: /the mask blank/ });
  await rm(`${folder}/masks/blank.png`);
  await t.throwsAsync(openDataset(folder, 'face-3'), { instanceOf: InputError, message: /Expected photos/ });
  await t.throwsAsync(openDataset(`${folder}/none`, 'face-3'), { instanceOf: InputError });
});

test('the table tells every class in percent and what the second model loses in points', async (t) => {
  const dataset = await openDataset(await exampleFolder(t), 'celebamask-19');
  const perfect = { [WHITE]: [1, 1, 3, 3, 1, 0, 3, 2, 0, 0, 2, 2, 0, 0, 0, 0], [BLACK]: BLANK_MASK };
  const models = [
    { name: 'float', digest: '', segmenter: knowingSegmenter('face-3', perfect) },
    { name: 'int8', digest: '', segmenter: knowingSegmenter('face-3', GUESS) },
  ];
  t.is(
    evaluationTable(await evaluate(models, dataset, FACE_3)),
    `face-3 on faces, 2 pictures

| IoU in %           |  float |  int8 | int8 - float |
| ------------------ | -----: | ----: | -----------: |
| background         | 100.00 | 87.50 |       -12.50 |
| eye                | 100.00 | 66.67 |       -33.33 |
| mouth              | 100.00 | 75.00 |       -25.00 |
| nose               | 100.00 | 66.67 |       -33.33 |
| mean (mIoU)        | 100.00 | 73.96 |       -26.04 |
| frequency-weighted | 100.00 | 82.26 |       -17.74 |
| pixel accuracy     | 100.00 | 90.32 |        -9.68 |
`,
  );
});

test('the sheet has a row for each picture: photo, human mask and one mask per model', async (t) => {
  const dataset = await openDataset(await exampleFolder(t), 'celebamask-19');
  const models = [{ name: 'float', digest: '', segmenter: knowingSegmenter('face-3', GUESS) }];
  const evaluation = await evaluate(models, dataset, FACE_3);
  const sheet = await evaluationSheet(evaluation, models, dataset, FACE_3);
  const [cell, margin] = [192, 4];
  t.is(sheet.width, 3 * (cell + margin) + margin);
  t.is(sheet.height, 2 * (cell + margin) + margin);
  const colorAt = (column: number, row: number) => {
    const corner = (index: number) => margin + index * (cell + margin) + 8;
    const at = (corner(row) * sheet.width + corner(column)) * 3;
    return [...sheet.data.subarray(at, at + 3)];
  };
  const [background, eye] = FACE_3.classes.map(({ color }) => [...color]);
  t.deepEqual([colorAt(0, 0), colorAt(1, 0), colorAt(2, 0)], [[0, 0, 0], background, background]);
  t.deepEqual([colorAt(0, 1), colorAt(1, 1), colorAt(2, 1)], [[255, 255, 255], eye, eye]);
});

test('the sheet picks the best, the middle and the worst pictures', (t) => {
  const pictures = [0.3, 0.9, null, 0.5, 0.7, 0.1, 0.6].map((score, i) => ({
    name: `p${i}`,
    meanIou: [score],
  }));
  const evaluation = {
    dataset: { name: 'faces', labels: 'face-3', pictures: pictures.length },
    classSet: 'face-3',
    classes: [],
    models: [],
    pictures,
  } as const;
  t.deepEqual(selectPictures(evaluation, 1), ['p1', 'p3', 'p2']);
  t.deepEqual(selectPictures(evaluation, 3), ['p1', 'p4', 'p6', 'p3', 'p0', 'p5', 'p2']);
});
