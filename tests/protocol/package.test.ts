import { execFile } from 'node:child_process';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';
import { projectFile, ROOT } from '../support/paths.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const run = promisify(execFile);

const BACKEND = `
import { parseEvent, parseHealth, topicFilters, validateCommand, type SegmentationEvent } from '@oneface/protocol';
import { readFileSync } from 'node:fs';

const event: SegmentationEvent = parseEvent(readFileSync(process.argv[2] as string, 'utf8'));
if (event.kind === 'enter') console.log(event.presence.id, event.face.parts.length, topicFilters('events').join(' '));
const wrong = [() => parseHealth('{}'), () => validateCommand({ command: 'open-the-door' })];
for (const call of wrong) {
  try { call(); } catch (error) { console.log((error as Error).message); }
}
`;

test('a backend outside this project installs @oneface/protocol, compiles with its types and checks payloads', async (t) => {
  const folder = await temporaryFolder(t);
  const pack = ['pack', '--silent', '--pack-destination', folder];
  await run('npm', [...pack, '--workspace', 'src/common', '--workspace', 'src/protocol'], { cwd: ROOT });
  const packages = (await readdir(folder)).map((name) => join(folder, name));
  t.is(packages.length, 2);
  const settings = {
    compilerOptions: { module: 'nodenext', target: 'es2023', strict: true, types: ['node'] },
    files: ['backend.ts'],
  };
  await writeFile(join(folder, 'package.json'), '{ "type": "module", "private": true }');
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(settings));
  await writeFile(join(folder, 'backend.ts'), BACKEND);
  const install = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
  await run('npm', [...install, ...packages, '@types/node@20'], { cwd: folder });
  await run(process.execPath, [projectFile('node_modules/typescript/bin/tsc')], { cwd: folder });
  const example = projectFile('deploy/docs/example-event.json');
  const { stdout } = await run(process.execPath, ['backend.js', example], { cwd: folder });
  const [summary, ...complaints] = stdout.trim().split('\n');
  t.is(summary, '3 1 oneface/+/events oneface/+/+/events');
  t.is(complaints.length, 2);
  for (const complaint of complaints) t.regex(complaint, /^Expected .* for .* but received /);
});
