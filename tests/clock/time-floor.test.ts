import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createFloorFile } from '@oneface/edge/clock/time-floor';
import test from 'ava';
import { temporaryFolder } from '../support/temporary-folder.js';
import { testLog } from '../support/test-log.js';

const SPRING = Date.UTC(2026, 2, 1);

test('the last good time is there after a restart', async (t) => {
  const path = join(await temporaryFolder(t), 'last-good-time.json');
  const { log, lines } = testLog();
  t.is(await createFloorFile(path, log).read(), undefined);
  await createFloorFile(path, log).write(SPRING);
  t.is(await createFloorFile(path, log).read(), SPRING);
  t.is(await readFile(path, 'utf8'), '{"lastGood":"2026-03-01T00:00:00.000Z"}\n');
  t.deepEqual(lines, []);
});

test('a damaged last good time counts as none, and the log says so', async (t) => {
  const path = join(await temporaryFolder(t), 'last-good-time.json');
  for (const damage of ['', '\0\0\0', '{"lastGood":"2026-13-01T00:00:00.000Z"}', '{"lastGood":17}']) {
    const { log, lines } = testLog();
    await writeFile(path, damage);
    t.is(await createFloorFile(path, log).read(), undefined, damage);
    t.regex(lines.join(''), /damaged/);
  }
});

test('a disk that cannot be written does not end the agent', async (t) => {
  const path = join(await temporaryFolder(t), 'last-good-time.json');
  const { log, lines } = testLog();
  const full = async () => {
    throw Object.assign(new Error('EROFS: read-only file system'), { code: 'EROFS' });
  };
  await createFloorFile(path, log, full).write(SPRING);
  t.regex(lines.join(''), /warn {2}the last good time is not kept .*EROFS/);
});
