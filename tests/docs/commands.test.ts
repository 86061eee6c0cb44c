import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import test from 'ava';
import { startAedes } from '../mqtt/support/brokers.js';
import { projectFile } from '../support/paths.js';
import { commandsOf, type Page, readPages } from './pages.js';
import { runInShell } from './shell.js';
import {
  addOwnFiles,
  configureDevice,
  type LabelIndex,
  labelByHand,
  makeUserFolder,
  writeSmallestPipeline,
} from './user-folder.js';
import { SMALLER, VARIANTS } from './variants.js';

const LABEL_INDEX = 'runs/mine/labels/index.json';

const pages = readPages();
const folder = await makeUserFolder();
const broker = await startAedes();
await configureDevice(folder, broker.port);

test.after.always(async () => {
  await broker.stop();
  await rm(dirname(folder), { recursive: true });
});

/** What a reader does after a command, before the next one. */
const AFTERWARDS: Readonly<Record<string, () => Promise<void>>> = {
  'npm start': () => addOwnFiles(folder),
  'npx oneface-trainer sample runs/mine/generator': async () => {
    await labelByHand(join(folder, dirname(LABEL_INDEX)), (await documentedFile(LABEL_INDEX)) as LabelIndex);
    const pipeline = 'runs/mine/pipeline.json';
    await writeSmallestPipeline(join(folder, pipeline), await documentedFile(pipeline));
  },
};

/** The content that a page shows for a file. */
async function documentedFile(path: string): Promise<object> {
  const block = pages.flatMap(({ blocks }) => blocks).find(({ file }) => file === path);
  if (block === undefined) throw new Error(`No page shows ${path}`);
  return JSON.parse(block.text);
}

const documented = new Map<string, Page>();
for (const page of pages) {
  for (const block of page.blocks.filter(({ language }) => language === 'sh')) {
    for (const command of commandsOf(block)) {
      if (!documented.has(command)) documented.set(command, page);
    }
  }
}

for (const [command, { path }] of documented) {
  const variant = VARIANTS.find((each) => each.command === command);
  if (variant !== undefined && variant.instead === undefined) continue;
  test.serial(`${path}: the command works: ${command}`, async (t) => {
    const line = variant?.instead ?? smaller(command);
    const env = { BROKER_PORT: String(broker.port) };
    const { code, output } = await runInShell(line, { folder, env, until: variant?.until });
    t.is(code, 0, `${line}\n${output}`);
    for (const [start, act] of Object.entries(AFTERWARDS)) if (command.startsWith(start)) await act();
  });
}

function smaller(command: string): string {
  const options = Object.entries(SMALLER).filter(([start]) => command.startsWith(start));
  return [command, ...options.map(([, option]) => option)].join(' ');
}

test('every command that is not run word for word is documented, and what covers it is there', (t) => {
  t.true(documented.size > 0);
  for (const { command, coveredBy, instead, because } of VARIANTS) {
    t.true(documented.has(command), `${command} is on no page`);
    t.true(instead !== undefined || coveredBy !== undefined, `${command}: ${because}`);
    if (coveredBy !== undefined) t.true(existsSync(projectFile(coveredBy)), `${coveredBy} is not there`);
  }
});

test('every fenced block is of a kind that is tested, or plain text', (t) => {
  const languages = pages.flatMap(({ blocks }) => blocks.map(({ language }) => language));
  t.deepEqual([...new Set(languages)].sort(), ['json', 'sh', 'text']);
});

test('every npm script that a page names exists', async (t) => {
  const { scripts } = JSON.parse(await readFile(projectFile('package.json'), 'utf8'));
  const named = [...documented.keys()].flatMap((command) => {
    const found = /\bnpm (?:run )?(?<script>[a-z:]+)/.exec(command);
    return found?.groups?.script === undefined ? [] : [found.groups.script];
  });
  t.true(named.length > 0);
  for (const script of named) t.true(script in scripts, script);
});
