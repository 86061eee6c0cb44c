import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { Parser } from '@asyncapi/parser';
import test from 'ava';
import { projectFile } from '../support/paths.js';

test('AsyncAPI document, JSON Schemas and pages say what the schemas say', async (t) => {
  const check = promisify(execFile)(process.execPath, [projectFile('deploy/docs/write.mjs'), '--check']);
  await t.notThrowsAsync(check);
});

test('the AsyncAPI document is a valid one of version 3', async (t) => {
  const text = await readFile(projectFile('src/protocol/asyncapi.json'), 'utf8');
  const { document, diagnostics } = await new Parser().parse(text);
  // Severity 0 is an error, 1 a warning; the hint that there is a newer version is neither.
  t.deepEqual(
    diagnostics.filter(({ severity }) => severity < 2),
    [],
  );
  t.regex(document?.version() ?? '', /^3\./);
  t.is(document?.channels().length, 10);
});
