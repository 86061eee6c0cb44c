import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InputError, UnavailableError } from '@oneface/common/errors/errors';
import { planPipeline, readPipeline } from '@oneface/trainer/pipeline/pipeline-file';
import test from 'ava';
import { fakeStages } from './fixtures/fake-stages.js';

const PRESETS = {
  quick: { grow: { count: 3 }, train: { steps: 7, rate: 0.1 } },
  full: { grow: { count: 5000 } },
};

function plan(content: unknown) {
  const pipeline = planPipeline(content, { stages: fakeStages(), presets: PRESETS, base: '/home/ada' });
  return { ...pipeline, stages: pipeline.stages.map(({ stage, params }) => [stage.name, params]) };
}

test('stages run in the order written, with defaults filled in and paths left as written', (t) => {
  const pipeline = plan({
    version: 1,
    folder: 'runs/a',
    stages: [{ stage: 'grow', params: { labels: '../l.txt' } }, { stage: 'train' }],
  });
  t.deepEqual(pipeline, {
    folder: '/home/ada/runs/a',
    base: '/home/ada',
    stages: [
      ['grow', { labels: '../l.txt', count: 2 }],
      ['train', { steps: 2, rate: 0.5 }],
    ],
  });
});

test('a preset gives stages and parameters, which the file overrides one by one and adds to', (t) => {
  const stages = [
    { stage: 'train', params: { rate: 0.2 } },
    { stage: 'grow', params: { labels: 'l.txt' } },
    { stage: 'pack', params: { parts: 4 } },
  ];
  t.deepEqual(plan({ version: 1, folder: '/runs/b', extends: 'quick', stages }).stages, [
    ['grow', { count: 3, labels: 'l.txt' }],
    ['train', { steps: 7, rate: 0.2 }],
    ['pack', { parts: 4 }],
  ]);
});

const grow = { stage: 'grow', params: { labels: 'l' } };
const refused: readonly (readonly [string, unknown, string])[] = [
  ['a list', [], 'Expected an object for pipeline but received []'],
  [
    'another format version',
    { version: 2, folder: 'r', stages: [grow] },
    'Expected 1 for pipeline.version but received 2',
  ],
  [
    'no run folder',
    { version: 1, stages: [grow] },
    'Expected a text that is not empty for pipeline.folder but received nothing',
  ],
  [
    'no stages',
    { version: 1, folder: 'r' },
    'Expected at least one stage for pipeline.stages but received []',
  ],
  [
    'a field that is not known',
    { version: 1, folder: 'r', stages: [grow], stagse: [] },
    'Expected one of version, folder, extends, stages for a field of pipeline but received "stagse"',
  ],
  [
    'an unknown preset',
    { version: 1, folder: 'r', extends: 'constructor' },
    'Expected one of quick, full for pipeline.extends but received "constructor"',
  ],
  [
    'an unknown stage',
    { version: 1, folder: 'r', stages: [grow, { stage: 'grwo' }] },
    'Expected one of grow, train, pack for pipeline.stages[1].stage but received "grwo"',
  ],
  [
    'a stage twice',
    { version: 1, folder: 'r', stages: [grow, grow] },
    'Expected every stage once for pipeline.stages[1].stage but received "grow"',
  ],
  [
    'a stage before one that it reads',
    { version: 1, folder: 'r', stages: [{ stage: 'train' }, grow] },
    'Expected stage grow before train for pipeline.stages[0].stage but received "train"',
  ],
  [
    'a parameter of the wrong kind',
    { version: 1, folder: 'r', stages: [{ stage: 'grow', params: { labels: 'l', count: 0 } }] },
    'Expected an integer of at least 1 for pipeline.stages[0].params.count but received 0',
  ],
  [
    'a parameter that the stage does not know',
    { version: 1, folder: 'r', stages: [{ stage: 'grow', params: { labels: 'l', cuont: 1 } }] },
    'Expected one of labels, count for a field of pipeline.stages[0].params but received "cuont"',
  ],
  [
    'no value for what the preset leaves open',
    { version: 1, folder: 'r', extends: 'full' },
    'Expected a text for presets.full.grow.params.labels but received nothing',
  ],
];
for (const [what, content, message] of refused) {
  test(`a pipeline file with ${what} is refused by the place`, (t) => {
    t.throws(() => plan(content), { instanceOf: InputError, message });
  });
}

test('a pipeline file that is absent or no JSON is named in the error', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'oneface-pipeline-'));
  t.teardown(() => rm(folder, { recursive: true }));
  const path = join(folder, 'pipeline.json');
  const vocabulary = { stages: fakeStages(), presets: PRESETS };
  await t.throwsAsync(readPipeline(path, vocabulary), {
    instanceOf: UnavailableError,
    message: `Expected a pipeline file at ${path} but could not read one`,
  });
  await writeFile(path, '{"version": 1,');
  const error = await t.throwsAsync(readPipeline(path, vocabulary), { instanceOf: InputError });
  t.true(error?.message.startsWith(`Expected JSON for ${path} but received`));
  await writeFile(path, JSON.stringify({ version: 1, folder: 'r', stages: [grow] }));
  t.is((await readPipeline(path, vocabulary)).folder, join(folder, 'r'));
});
