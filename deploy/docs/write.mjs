/**
 * Writes what follows from schemas: the AsyncAPI document and JSON Schemas of src/protocol, and the pages
 * docs/22-configuration.md, docs/40-events.md and docs/41-commands.md. With --check it changes nothing and
 * fails when a file is not what it would write. Needs a build.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { CONTRACT } from '@oneface/protocol';
import { asyncApiDocument, jsonSchema } from './asyncapi-document.mjs';
import { renderConfigurationPage } from './configuration-page.mjs';
import { renderCommandsPage, renderEventsPage } from './protocol-pages.mjs';

const WARNING = 'Written by deploy/docs/write.mjs from the schemas. Change those, not this file.';

const root = fileURLToPath(new URL('../../', import.meta.url));
const json = (value) => `${JSON.stringify(value, null, 2)}\n`;

const { version } = JSON.parse(await readFile(`${root}src/protocol/package.json`, 'utf8'));
const files = new Map([
  ['src/protocol/asyncapi.json', json(asyncApiDocument(CONTRACT, version))],
  ...Object.values(CONTRACT).map((contract) => [
    `src/protocol/schemas/${contract.name}.json`,
    json(jsonSchema(contract)),
  ]),
  ['docs/22-configuration.md', renderConfigurationPage(WARNING)],
  ['docs/40-events.md', renderEventsPage(WARNING)],
  ['docs/41-commands.md', renderCommandsPage(WARNING)],
]);

await mkdir(`${root}src/protocol/schemas`, { recursive: true });
for (const [file, text] of files) {
  if (!process.argv.includes('--check')) {
    await writeFile(root + file, text);
  } else if ((await readFile(root + file, 'utf8').catch(() => undefined)) !== text) {
    console.error(`${file} is out of date: run node deploy/docs/write.mjs`);
    process.exitCode = 1;
  }
}
