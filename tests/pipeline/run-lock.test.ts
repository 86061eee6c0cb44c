import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UnavailableError } from '@oneface/common/errors/errors';
import { lockRun } from '@oneface/trainer/pipeline/run-lock';
import test, { type ExecutionContext } from 'ava';
import { makeProject, runHere, runInChild } from './fixtures/project.js';

async function makeFolder(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'oneface-lock-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

test('of two runs on one folder the second is refused, and the first goes on', async (t) => {
  const project = await makeProject(t);
  const first = runInChild(project, ['--pause', '300']);
  await first.step('grow', 1);
  await t.throwsAsync(runHere(project), {
    instanceOf: UnavailableError,
    message: `Expected the run folder ${project.run} to be free but process ${first.process.pid} is running there`,
  });
  t.is((await first.ended).code, 0);
  t.deepEqual((await runHere(project)).ran, []);
});

test('a lock is gone after its release and can be taken again', async (t) => {
  const folder = await makeFolder(t);
  const release = await lockRun(folder);
  await t.throwsAsync(lockRun(folder), { instanceOf: UnavailableError });
  await release();
  t.deepEqual(await readdir(folder), []);
  await (await lockRun(folder))();
});

test('locks of processes that are gone are taken over, even where the process id lives again', async (t) => {
  const folder = await makeFolder(t);
  const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim().replaceAll('-', '');
  const stale = [
    `.lock-${boot}-${process.ppid}-1`,
    `.lock-${boot}-4194305-1`,
    `.lock-${boot.replace(/./g, '0')}-${process.ppid}-1`,
  ];
  for (const name of stale) await writeFile(join(folder, name), '');
  const release = await lockRun(folder);
  t.is((await readdir(folder)).length, 1);
  await release();
});

test('files that are no locks stay where they are', async (t) => {
  const folder = await makeFolder(t);
  await writeFile(join(folder, '.lock-of-mine'), '');
  await (await lockRun(folder))();
  t.deepEqual(await readdir(folder), ['.lock-of-mine']);
});
