import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readPublicKey } from '@oneface/trainer/bundling/keys';
import { verifyBundle } from '@oneface/trainer/bundling/verify-bundle';
import { randomAt } from '@oneface/trainer/random/seeded-random';
import test from 'ava';
import {
  makeProject,
  outputs,
  type Project,
  pipelineIn,
  recordOf,
  runToEnd,
  STAGES,
  signalIn,
} from './project.js';

/** Share of an undisturbed stage's time before which it is killed. */
const LATEST = 0.7;
const TRIES = 5;

async function startTimes(project: Project): Promise<Record<string, string | undefined>> {
  const records = await Promise.all(STAGES.map((stage) => recordOf(project, stage)));
  return Object.fromEntries(STAGES.map((stage, index) => [stage, records[index]?.startedAt]));
}

test('the real pipeline, killed in every stage, ends with the files of an undisturbed run and redoes no stage', async (t) => {
  const undisturbed = await makeProject(t);
  t.is((await runToEnd(undisturbed)).status, 0);

  const seed = Date.now();
  t.log(`seed ${seed}`);
  const random = randomAt(seed, 'kill');
  const project = await pipelineIn(dirname(undisturbed.file), 'killed');
  const finished: Record<string, string | undefined> = {};
  for (const [index, victim] of STAGES.entries()) {
    const { seconds = 0 } = (await recordOf(undisturbed, victim)) ?? {};
    let tries = 0;
    for (;;) {
      const moment = random() * LATEST * (1 - tries / TRIES) * seconds * 1000;
      const { signal, stderr } = await signalIn(project, victim, 'SIGKILL', moment);
      // A run that got to its end before the moment came has a record of this stage, and is tried again.
      if (signal !== null) t.is(signal, 'SIGKILL', stderr);
      else t.not(await recordOf(project, victim), undefined, stderr);
      t.log(`${victim}: killed after ${moment.toFixed(0)} of ${(seconds * 1000).toFixed(0)} ms`);
      if ((await recordOf(project, victim)) === undefined) break;
      // It was quicker than the last time: once more, earlier.
      await rm(join(project.run, victim), { recursive: true });
      t.true(++tries < TRIES);
    }
    const times = await startTimes(project);
    for (const stage of STAGES.slice(0, index)) {
      finished[stage] ??= times[stage];
      t.true(
        times[stage] !== undefined && times[stage] === finished[stage],
        `${stage} after a kill in ${victim}`,
      );
    }
    for (const stage of STAGES.slice(index)) t.is(times[stage], undefined);
  }

  const { status, stderr } = await runToEnd(project);
  t.is(status, 0, stderr);
  t.regex(stderr, /frames: goes on where it was stopped\n/);
  t.like(await startTimes(project), finished);
  t.deepEqual(await outputs(project), await outputs(undisturbed));
  const bundle = join(project.run, 'bundle', 'face.oneface');
  const { golden } = await verifyBundle(bundle, [await readPublicKey(project.publicKey)]);
  t.is(golden.length, 2);

  const before = await startTimes(project);
  const again = await runToEnd(project);
  t.is(again.stderr.match(/: kept, finished /g)?.length, STAGES.length);
  t.deepEqual(await startTimes(project), before);
});
