import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';
import { projectFile, ROOT } from '../support/paths.js';

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

/** Loads every module of the package, and its documents by the names that they have for a backend. */
const LOAD_ALL = `
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';

const files = readdirSync('node_modules/@oneface/protocol/dist', { recursive: true });
const modules = files.filter((file) => file.endsWith('.js'));
for (const file of modules) await import('./node_modules/@oneface/protocol/dist/' + file);
const load = createRequire(import.meta.url);
const { CONTRACT } = await import('@oneface/protocol');
const schemas = Object.values(CONTRACT).map(({ name }) => load('@oneface/protocol/schemas/' + name + '.json').title);
console.log(JSON.stringify({ modules, schemas, asyncapi: load('@oneface/protocol/asyncapi.json').asyncapi }));
`;

const away = await mkdtemp(join(tmpdir(), 'oneface-packed-'));
const folder = await mkdtemp(join(tmpdir(), 'oneface-backend-'));

/** Runs a command of npm that packs, and gives the file. */
async function pack(...command: string[]): Promise<string> {
  const { stdout } = await run('npm', [...command, '--pack-destination', away], { cwd: ROOT });
  return join(away, stdout.trim());
}

// With no registry and no cache: of what others made there is TypeBox alone.
test.before('the one packed file installs in an empty project without a registry', async (t) => {
  const protocol = await pack('run', '--silent', 'pack:protocol', '--');
  const typebox = await pack('pack', '--silent', projectFile('node_modules/@sinclair/typebox'));
  await writeFile(join(folder, 'package.json'), '{ "type": "module", "private": true }');
  const options = [
    '--offline',
    '--cache',
    join(away, 'cache'),
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
  ];
  await t.notThrowsAsync(run('npm', ['install', ...options, typebox, protocol], { cwd: folder }));
});

test.after.always(async () => {
  for (const made of [away, folder]) await rm(made, { recursive: true });
});

test('the packed file needs TypeBox alone, and all that is in it loads', async (t) => {
  const lock = JSON.parse(await readFile(join(folder, 'package-lock.json'), 'utf8'));
  const packages = Object.keys(lock.packages).filter((path) => path !== '');
  t.deepEqual(packages.toSorted(), ['node_modules/@oneface/protocol', 'node_modules/@sinclair/typebox']);

  await writeFile(join(folder, 'load-all.mjs'), LOAD_ALL);
  const { stdout } = await run(process.execPath, ['load-all.mjs'], { cwd: folder });
  const { modules, schemas, asyncapi } = JSON.parse(stdout);
  t.true(modules.includes('protocol/index.js') && modules.includes('common/events/event.js'), stdout);
  t.deepEqual(schemas, ['SegmentationEvent', 'DeviceStatus', 'DeviceHealth', 'Command', 'Reply']);
  t.regex(asyncapi, /^3\./);
});

test('a backend compiles with the types of the packed file and checks payloads', async (t) => {
  const settings = {
    compilerOptions: {
      module: 'nodenext',
      target: 'es2023',
      strict: true,
      typeRoots: [projectFile('node_modules/@types')],
      types: ['node'],
    },
    files: ['backend.ts'],
  };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(settings));
  await writeFile(join(folder, 'backend.ts'), BACKEND);
  await run(process.execPath, [projectFile('node_modules/typescript/bin/tsc')], { cwd: folder });
  const example = projectFile('deploy/docs/example-event.json');
  const { stdout } = await run(process.execPath, ['backend.js', example], { cwd: folder });
  const [summary, ...complaints] = stdout.trim().split('\n');
  t.is(summary, '3 1 oneface/+/events oneface/+/+/events');
  t.is(complaints.length, 2);
  for (const complaint of complaints) t.regex(complaint, /^Expected .* for .* but received /);
});
