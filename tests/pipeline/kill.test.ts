import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { randomAt } from '@oneface/trainer/random/seeded-random';
import test from 'ava';
import { finishedStages, makeProject, outputs, runHere, runInChild, STAGES } from './fixtures/project.js';

const PAUSE_MS = 3;
const LATEST_KILL_MS = 12;
const KILLS = 4;
// Long enough that no stage gets through between two kills.
const STEPS = (KILLS * LATEST_KILL_MS) / PAUSE_MS + 8;
const LONG = { grow: { count: STEPS }, train: { steps: STEPS }, pack: { parts: STEPS } };

for (const victim of STAGES) {
  test(`a run killed again and again in ${victim} ends with the files of an unkilled run`, async (t) => {
    const seed = Date.now();
    t.log(`seed ${seed}`);
    const random = randomAt(seed, victim);
    const unkilled = await makeProject(t, LONG);
    await runHere(unkilled, { params: LONG });

    const project = await makeProject(t, LONG);
    const before = STAGES.slice(0, STAGES.indexOf(victim));
    for (let kill = 0; kill < KILLS; kill++) {
      const moment = String(Math.floor(random() * LATEST_KILL_MS));
      const args = ['--pause', String(PAUSE_MS), '--kill-in', victim, '--kill-after', moment];
      const child = runInChild(project, args);
      t.like(await child.ended, { code: null, signal: 'SIGKILL' });
      t.deepEqual([...child.ran], kill === 0 ? [...before, victim] : [victim]);
      t.deepEqual(await finishedStages(project), before);
    }
    const { ran, log } = await runHere(project, { params: LONG });
    t.deepEqual(ran, STAGES.slice(STAGES.indexOf(victim)));
    t.regex(log[before.length] ?? '', /goes on where it was stopped/);
    t.deepEqual(await outputs(project), await outputs(unkilled));
  });
}

test('a kill before any change of the disk leaves a folder that the next run completes', async (t) => {
  const params = { train: { rate: 0.25, steps: 1 }, pack: { parts: 1 } };
  const unkilled = await makeProject(t, params);
  await runHere(unkilled, { params });
  const whole = await outputs(unkilled);

  // Each process redoes train and pack, so that older output has to make way, and dies one change later.
  const survives = async (change: number) => {
    const project = await makeProject(t, params);
    await runHere(project);
    const { signal, stderr } = await runInChild(project, ['--kill-at', String(change)]).ended;
    if (signal !== 'SIGKILL') return stderr;
    const finished = STAGES.filter(
      (stage) =>
        stage === 'grow' ||
        stderr.includes(`${stage}: finished`) ||
        existsSync(join(project.run, `${stage}.partial/out/stage.json`)),
    );
    const later = await runHere(project, { params });
    t.deepEqual(
      finished.filter((stage) => later.ran.includes(stage)),
      [],
      `change ${change}`,
    );
    t.deepEqual(await outputs(project), whole, `change ${change}`);
    return undefined;
  };
  let change = 0;
  let unharmed: string | undefined;
  while (unharmed === undefined) {
    const [first, second] = await Promise.all([survives(change + 1), survives(change + 2)]);
    unharmed = first ?? second;
    change += 2;
  }
  t.regex(unharmed, /pack: finished/);
  t.log(`${change} changes`);
  t.true(change > 30);
});
