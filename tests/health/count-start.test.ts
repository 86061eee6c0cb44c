import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { countStart } from '@oneface/edge/health/count-start';
import test from 'ava';
import { projectFile } from '../support/paths.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { testLog } from '../support/test-log.js';

test('every start is counted', async (t) => {
  const path = join(await temporaryFolder(t), 'starts.json');
  const { log } = testLog();
  t.is(await countStart(path, log), 1);
  t.is(await countStart(path, log), 2);
  t.is(await countStart(path, log), 3);
});

test('a damaged count begins again, and the log says so', async (t) => {
  const path = join(await temporaryFolder(t), 'starts.json');
  for (const damage of ['', '{"starts":', '{"starts":-4}', '\0\0\0\0', '{"starts":3,"more":1}']) {
    const { log, lines } = testLog();
    await writeFile(path, damage);
    t.is(await countStart(path, log), 1, damage);
    t.regex(lines.join(''), /damaged/);
    t.is(await countStart(path, log), 2);
  }
});

test('a disk that cannot be written is told, and the agent starts', async (t) => {
  const path = join(await temporaryFolder(t), 'starts.json');
  const { log, lines } = testLog();
  await countStart(path, log);
  const full = async () => {
    throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
  };
  t.is(await countStart(path, log, full), 2);
  t.regex(lines.join(''), /warn {2}this start is not counted .*ENOSPC/);
  t.is(await countStart(path, log), 2);
});

test('a start that is killed at any moment leaves the old count or the new one', async (t) => {
  const folder = await temporaryFolder(t);
  const path = join(folder, 'starts.json');
  const module = new URL(`file://${projectFile('src/edge/dist/health/count-start.js')}`).href;
  const script = `
    const { countStart } = await import(${JSON.stringify(module)});
    const log = { debug() {}, info() {}, warn: console.error, error: console.error };
    for (;;) console.log(await countStart(${JSON.stringify(path)}, log));`;
  let told = 0;
  for (let kill = 0; kill < 6; kill += 1) {
    const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let complaints = '';
    child.stderr.on('data', (chunk) => {
      complaints += chunk;
    });
    let counted = '';
    child.stdout.on('data', (chunk) => {
      counted += chunk;
      if (counted.length > 20 + 37 * kill) child.kill('SIGKILL');
    });
    await once(child, 'close');
    t.is(complaints, '');
    told = Math.max(told, ...(counted.match(/\d+(?=\n)/g) ?? []).map(Number));
    const { starts } = JSON.parse(await readFile(path, 'utf8'));
    t.true(starts === told || starts === told + 1, `${starts} after ${told}`);
    told = starts;
  }
  const others = (await readdir(folder)).filter((name) => name !== 'starts.json');
  t.true(others.length <= 1, 'what kills leave behind does not add up');
});
