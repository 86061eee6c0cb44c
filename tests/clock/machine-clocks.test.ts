import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { projectFile } from '../support/paths.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { FAKETIME_LIBRARY } from './faked-agent.js';

const EDGE = projectFile('src/edge');

/** Every way to read the wall clock of the machine. */
const WALL_CLOCK = /\bDate\.now\b|\bnew Date\(\)|\bDate\(\)/;

test('nothing in the agent reads the wall clock but the one clock that is passed in', async (t) => {
  const files = (await readdir(EDGE, { recursive: true })).filter(
    (file) => file.endsWith('.ts') && !/^(dist|node_modules)\//.test(file),
  );
  const readers = [];
  for (const file of files) if (WALL_CLOCK.test(await readFile(join(EDGE, file), 'utf8'))) readers.push(file);
  t.deepEqual(readers, ['clock/clock.ts']);
});

test('timers and durations take no notice of a wall clock that jumps by decades', async (t) => {
  const offset = join(await temporaryFolder(t), 'offset');
  await writeFile(offset, '+0\n');
  const module = (name: string) => JSON.stringify(`file://${EDGE}/dist/clock/${name}.js`);
  // Sleeps a fifth of a second while the clock is set forward, then back, and says how far each clock went.
  const script = `
    import { writeFileSync } from 'node:fs';
    const { sleep } = await import(${module('sleep')});
    const { systemClock: clock } = await import(${module('clock')});
    const { signal } = new AbortController();
    for (const offset of ['+946771200', '-978307200']) {
      const before = [clock.monotonic(), clock.now()];
      const sleeping = sleep(200, signal);
      writeFileSync(process.env.FAKETIME_TIMESTAMP_FILE, offset);
      await sleeping;
      console.log(JSON.stringify([clock.monotonic() - before[0], clock.now() - before[1]]));
    }`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      LD_PRELOAD: FAKETIME_LIBRARY,
      FAKETIME_TIMESTAMP_FILE: offset,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      NO_FAKE_STAT: '1',
    },
  });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  await once(child, 'close');
  const [forward = [], back = []] = output
    .trim()
    .split('\n')
    .map((line): number[] => JSON.parse(line));
  for (const [slept = 0] of [forward, back]) t.true(slept >= 199 && slept < 60_000, String(slept));
  t.true((forward[1] ?? 0) > 900_000_000_000, 'the wall clock did jump');
  t.true((back[1] ?? 0) < -1_900_000_000_000);
});
