import { dirname } from 'node:path';
import test from 'ava';
import { killAfterCheckpoint, makeProject, outputs, pipelineIn, recordOf, runToEnd } from './project.js';

/** Steps of each training. */
const STEPS = 200;
/** Steps that are done when it is killed: as many as it takes for rounding to show in all that depends on them. */
const LEAST = 20;
const LONGER = { fit: { epochs: STEPS }, distill: { steps: STEPS } };
const UP_TO_TRAINING = ['fit', 'synthesize', 'distill'];

test('trainings that were killed after a checkpoint end with the files of an undisturbed run', async (t) => {
  const undisturbed = await makeProject(t, LONGER, UP_TO_TRAINING);
  t.is((await runToEnd(undisturbed)).status, 0);

  const project = await pipelineIn(dirname(undisturbed.file), 'killed', LONGER, UP_TO_TRAINING);
  for (const stage of ['fit', 'distill'] as const) {
    const { signal, stderr, steps } = await killAfterCheckpoint(project, stage, LEAST);
    t.is(signal, 'SIGKILL', stderr);
    t.is(await recordOf(project, stage), undefined);
    t.log(`${stage}: killed after the checkpoint of step ${steps}`);
    t.true(steps >= LEAST && steps < STEPS, `step ${steps} of ${stage}`);
  }
  const { status, stderr } = await runToEnd(project);
  t.is(status, 0, stderr);
  t.regex(stderr, /distill: goes on where it was stopped\n/);
  t.deepEqual(await outputs(project), await outputs(undisturbed));
});
