/**
 * Writes docs/40-events.md from the schemas in src/common/events. With --check it changes nothing and fails
 * when the file is not what it would write. Needs a build.
 */
import { readFile, writeFile } from 'node:fs/promises';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { renderEventsPage } from './events-page.mjs';

const PAGE = fileURLToPath(new URL('../../docs/40-events.md', import.meta.url));

const page = renderEventsPage();
if (!process.argv.includes('--check')) {
  await writeFile(PAGE, page);
} else if ((await readFile(PAGE, 'utf8')) !== page) {
  console.error('docs/40-events.md is out of date: run node deploy/docs/events.mjs');
  process.exitCode = 1;
}
