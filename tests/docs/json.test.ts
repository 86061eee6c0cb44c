import { existsSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseCommand } from '@oneface/common/commands/parse';
import { parseEvent } from '@oneface/common/events/parse';
import { parseConfig, readConfig } from '@oneface/edge/config/load-config';
import { planPipeline, planStage, readPipeline } from '@oneface/trainer/pipeline/pipeline-file';
import { PRESETS } from '@oneface/trainer/pipeline/presets';
import { STAGES } from '@oneface/trainer/pipeline/stage-table';
import test from 'ava';
import { projectFile, ROOT } from '../support/paths.js';
import { type Block, readPages } from './pages.js';

const vocabulary = { stages: STAGES, presets: PRESETS };
const pages = readPages();

const deviceConfig: object = JSON.parse(readFileSync(projectFile('deploy/device/config.json'), 'utf8'));

/** Takes an example with the reader that it is meant for, by what only that reader's files have. */
const READERS: Readonly<Record<string, (example: object, text: string) => unknown>> = {
  version: (example) => planPipeline(example, { ...vocabulary, base: ROOT }),
  command: (_, text) => parseCommand(text),
  schemaVersion: (_, text) => parseEvent(text),
  mqtt: (example) => parseConfig(example, ROOT),
  driver: (gpio) => parseConfig({ ...deviceConfig, gpio }, ROOT),
  // commands.test.ts labels with it and trains on that.
  samples: (example) => example,
};

function readExample({ text }: Block): unknown {
  const example: object = JSON.parse(text);
  const key = Object.keys(READERS).find((name) => name in example);
  if (key === undefined) throw new Error(`No reader takes an example with ${Object.keys(example)}`);
  return READERS[key]?.(example, text);
}

for (const { path, blocks, prose } of pages) {
  const examples = blocks.filter(({ language }) => language === 'json');
  if (examples.length > 0) {
    test(`${path}: its JSON examples are what the programs read`, (t) => {
      for (const block of examples) t.notThrows(() => readExample(block), block.text);
    });
  }
  const steps = [...prose.matchAll(/`(\{ "stage": [^`]*\})`/g)].map(([, text]) => text as string);
  if (steps.length > 0) {
    test(`${path}: the pipeline steps in its text are what the trainer reads`, (t) => {
      for (const text of steps) {
        const { stage: name, params } = JSON.parse(text);
        const stage = STAGES.find((each) => each.name === name);
        if (stage === undefined) t.fail(`no stage ${name}`);
        else t.notThrows(() => planStage(stage, params, name), text);
      }
    });
  }
}

const named = new Set(
  pages.flatMap(({ blocks }) =>
    blocks.flatMap(({ text }) =>
      [...text.matchAll(/oneface-trainer run (models\/\S+)/g)].map(([, file]) => file),
    ),
  ),
);
for (const file of named) {
  test(`the pipeline file ${file} can be run`, async (t) => {
    const { stages } = await readPipeline(projectFile(file as string), vocabulary);
    t.true(stages.length > 0);
  });
}

test("the example of a device's configuration is one, and names its files beside itself", async (t) => {
  const file = projectFile('deploy/device/config.json');
  const {
    config: { bundle, trustedKeys, mqtt },
  } = await readConfig(file);
  for (const path of [bundle, ...trustedKeys, mqtt.tls?.ca]) t.is(dirname(path as string), dirname(file));
  t.false(existsSync(bundle));
});
