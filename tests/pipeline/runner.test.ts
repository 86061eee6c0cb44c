import { appendFile, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError, UnavailableError } from '@oneface/common/errors/errors';
import { defineStage } from '@oneface/trainer/pipeline/stage';
import { Type } from '@sinclair/typebox';
import test from 'ava';
import { fakeStages } from './fixtures/fake-stages.js';
import { makeProject, outputs, runHere, STAGES } from './fixtures/project.js';

test('a second run of a finished pipeline runs no stage and changes no file', async (t) => {
  const project = await makeProject(t);
  t.deepEqual((await runHere(project)).ran, STAGES);
  const before = await outputs(project);
  const again = await runHere(project);
  t.deepEqual(again.ran, []);
  t.regex(again.log[0] ?? '', /^\[1\/3\] grow: kept, finished \d{4}-/);
  t.deepEqual(await outputs(project), before);
});

test('the record of a stage names its parameters, inputs, outputs and duration', async (t) => {
  const project = await makeProject(t);
  await runHere(project);
  const record = JSON.parse(await readFile(join(project.run, 'train/stage.json'), 'utf8'));
  t.like(record, {
    inputs: { stage: 'train', version: 1, params: { steps: 2, rate: 0.5 }, files: {} },
    outputs: [{ path: 'weights.txt', size: 64 }],
  });
  t.regex(record.outputs[0].sha256, /^[0-9a-f]{64}$/);
  t.deepEqual(Object.keys(record.inputs.stages), ['grow']);
  t.true(record.seconds >= 0 && record.startedAt <= record.finishedAt);
  const first = JSON.parse(await readFile(join(project.run, 'grow/stage.json'), 'utf8'));
  t.deepEqual(Object.keys(first.inputs.files), ['labels.txt']);
});

test('a changed parameter redoes its stage and those that read it, and no other', async (t) => {
  const project = await makeProject(t);
  await runHere(project);
  const { ran, log } = await runHere(project, { params: { train: { rate: 0.25 } } });
  t.deepEqual(ran, ['train', 'pack']);
  t.is(log[1], '[2/3] train: starts again: rate was 0.5 and is 0.25');
  t.true(log.includes('[3/3] pack: starts again: train gave other files'));
});

test('a changed input file redoes what depends on it', async (t) => {
  const project = await makeProject(t);
  await runHere(project);
  await appendFile(join(project.base, 'labels.txt'), ' ear');
  const { ran, log } = await runHere(project);
  t.deepEqual(ran, STAGES);
  t.is(log[0], '[1/3] grow: starts again: labels.txt is not what it read');
});

test('a project that was moved as a whole is not redone, though it names its input by an absolute path', async (t) => {
  const project = await makeProject(t);
  await runHere(project, { params: { grow: { labels: join(project.base, 'labels.txt') } } });
  const place = await makeProject(t);
  await rm(place.base, { recursive: true });
  await rename(project.base, place.base);
  const { ran } = await runHere(place, { params: { grow: { labels: join(place.base, './labels.txt') } } });
  t.deepEqual(ran, []);
});

test('a folder as input counts with all that is in it', async (t) => {
  const project = await makeProject(t);
  const labels = join(project.base, 'labels');
  await mkdir(join(labels, 'deep'), { recursive: true });
  await writeFile(join(labels, 'deep/first.txt'), 'one');
  const lister = defineStage({
    name: 'grow',
    version: 1,
    after: [],
    params: Type.Object({ labels: Type.String() }),
    inputs: () => ['labels'],
    async run(_, context) {
      const names = await readdir(context.file('labels'), { recursive: true });
      await writeFile(join(context.out, 'list.txt'), names.sort().join());
    },
  });
  const stages = [lister, ...fakeStages().slice(1)].map((stage) => ({ ...stage, after: [] }));
  const lonely = stages.map((stage) => (stage.name === 'grow' ? stage : { ...stage, async run() {} }));
  const run = async () => (await runHere(project, { stages: lonely })).log[0];
  t.is(await run(), '[1/3] grow: starts');
  t.regex((await run()) ?? '', /kept/);
  await writeFile(join(labels, 'deep/first.txt'), 'two');
  t.is(await run(), '[1/3] grow: starts again: labels is not what it read');
  await rename(join(labels, 'deep/first.txt'), join(labels, 'deep/second.txt'));
  t.is(await run(), '[1/3] grow: starts again: labels is not what it read');
});

test('a stage redone with the same result lets later stages stand', async (t) => {
  const project = await makeProject(t);
  await runHere(project);
  const ran = new Set<string>();
  const stages = fakeStages({ onStep: (stage) => ran.add(stage) });
  const { log } = await runHere(project, {
    stages: stages.map((stage) => (stage.name === 'grow' ? { ...stage, version: 2 } : stage)),
  });
  t.deepEqual([...ran], ['grow']);
  t.is(log[0], '[1/3] grow: starts again: the stage is now version 2');
});

for (const [damage, change] of [
  ['one changed byte', (path: string) => writeFile(path, 'x', { flag: 'r+' })],
  ['a lost end', (path: string) => writeFile(path, 'short')],
  ['its absence', (path: string) => rm(path)],
] as const) {
  test(`${damage} in a finished output is noticed and the stage redone`, async (t) => {
    const project = await makeProject(t);
    await runHere(project);
    const whole = await outputs(project);
    await change(join(project.run, 'train/weights.txt'));
    const { ran, log } = await runHere(project);
    t.deepEqual(ran, ['train']);
    t.is(log[1], '[2/3] train: starts again: its weights.txt is damaged');
    t.deepEqual(await outputs(project), whole);
  });
}

test('a damaged record is noticed and the stage redone', async (t) => {
  const project = await makeProject(t);
  await runHere(project);
  for (const damaged of ['{"inputs":', '{}', '']) {
    await writeFile(join(project.run, 'train/stage.json'), damaged);
    const { ran, log } = await runHere(project);
    t.deepEqual(ran, ['train']);
    t.is(log[1], '[2/3] train: starts again: its stage.json is damaged');
  }
});

test('output that was damaged between its record and its publication is redone', async (t) => {
  const project = await makeProject(t);
  await runHere(project);
  const whole = await outputs(project);
  const partial = join(project.run, 'train.partial');
  const { inputs } = JSON.parse(await readFile(join(project.run, 'train/stage.json'), 'utf8'));
  await mkdir(partial);
  await rename(join(project.run, 'train'), join(partial, 'out'));
  await writeFile(join(partial, 'inputs.json'), JSON.stringify(inputs));
  await writeFile(join(partial, 'out/weights.txt'), 'torn');
  t.deepEqual((await runHere(project)).ran, ['train']);
  t.deepEqual(await outputs(project), whole);
});

test('work that was begun for other parameters is not gone on with', async (t) => {
  const project = await makeProject(t);
  const stopping = fakeStages({
    onStep(stage, step) {
      if (stage === 'train' && step === 1) throw new Error('full disk');
    },
  });
  await t.throwsAsync(runHere(project, { stages: stopping }), { message: 'full disk' });
  const params = { train: { rate: 0.25 } };
  const { log } = await runHere(project, { params });
  t.is(log[1], '[2/3] train: starts');
  const fresh = await makeProject(t);
  await runHere(fresh, { params });
  t.deepEqual(await outputs(project), await outputs(fresh));
});

test('a failing stage leaves the earlier ones finished and its own work to go on from', async (t) => {
  const project = await makeProject(t);
  const stopping = fakeStages({
    onStep(stage, step) {
      if (stage === 'train' && step === 1) throw new Error('full disk');
    },
  });
  await t.throwsAsync(runHere(project, { stages: stopping }), { message: 'full disk' });
  const { ran, log } = await runHere(project);
  t.deepEqual(ran, ['train', 'pack']);
  t.is(log[1], '[2/3] train: goes on where it was stopped');
});

test('a stage that answers an interruption by returning early does not count as finished', async (t) => {
  const project = await makeProject(t);
  const interruption = new AbortController();
  const stages = fakeStages().map((stage) => ({
    ...stage,
    async run() {
      interruption.abort(new Error('enough'));
    },
  }));
  await t.throwsAsync(runHere(project, { stages, signal: interruption.signal }), { message: 'enough' });
  t.deepEqual((await runHere(project)).ran, STAGES);
});

test('a missing input is reported before any stage runs', async (t) => {
  const project = await makeProject(t);
  await rm(join(project.base, 'labels.txt'));
  await t.throwsAsync(runHere(project), {
    instanceOf: UnavailableError,
    message: `Expected a file or folder at ${join(project.base, 'labels.txt')} but found nothing`,
  });
  t.deepEqual(await readdir(project.run), []);
});

test('a folder that no stage wrote is never replaced', async (t) => {
  const project = await makeProject(t);
  const folder = join(project.run, 'train');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'thesis.txt'), 'mine');
  await t.throwsAsync(runHere(project), {
    instanceOf: InputError,
    message: `Expected a folder with a stage.json, or none, for the output of a stage but received "${folder}"`,
  });
  t.is(await readFile(join(folder, 'thesis.txt'), 'utf8'), 'mine');
});

test('a file that somebody put into finished output is never dropped with it', async (t) => {
  const project = await makeProject(t);
  await runHere(project);
  const note = join(project.run, 'train/note.txt');
  await writeFile(note, 'mine');
  await t.throwsAsync(runHere(project, { params: { train: { rate: 0.25 } } }), {
    instanceOf: InputError,
    message: `Expected nothing but the output of its stage for ${join(project.run, 'train')} but received "note.txt"`,
  });
  t.is(await readFile(note, 'utf8'), 'mine');
});

test('a stage reaches only the files and stages that its record covers', async (t) => {
  const project = await makeProject(t);
  for (const [reach, message] of [
    ['input', 'Stage grow does not run after pack'],
    ['file', 'Stage grow does not name pack as an input'],
  ] as const) {
    const stages = fakeStages().map((stage) => ({
      ...stage,
      run: async (_: unknown, context: { input(name: string): string; file(path: string): string }) => {
        context[reach]('pack');
      },
    }));
    await t.throwsAsync(runHere(project, { stages }), { message });
  }
});
