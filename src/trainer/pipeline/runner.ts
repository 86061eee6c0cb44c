import { mkdir } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import { expected } from '@oneface/common/errors/errors';
import { formatDuration, type ProgressDisplay } from '../progress/console-progress.js';
import { digestOfFiles, digestPath } from './digests.js';
import type { Pipeline, PlannedStage } from './pipeline-file.js';
import type { StageInputs, StageRecord } from './records.js';
import { lockRun } from './run-lock.js';
import type { StageContext } from './stage.js';
import { StageStore } from './stage-store.js';

export interface RunOptions {
  readonly display: ProgressDisplay;
  /** Aborting it ends the run with its reason; the next run goes on from there. */
  readonly signal: AbortSignal;
  /** The time of day. */
  readonly clock: () => Date;
  /** Milliseconds from any fixed moment on, never going back. */
  readonly now: () => number;
}

/**
 * Runs the stages of a pipeline in order, each in its own folder of the run folder.
 *
 * A stage whose output is whole and follows from the present parameters, input files, earlier outputs and
 * stage version is kept; any other is run. So a run that was killed goes on where it was, and a changed
 * parameter redoes just what depends on it.
 *
 * @throws UnavailableError when an input is absent, or another process runs in the folder
 * @throws InputError when the run folder holds files that are not the pipeline's, or lacks an earlier stage
 *   that the pipeline does not run itself
 * @throws whatever a stage throws; earlier stages stay finished, and its own work is gone on with next time
 */
export async function runPipeline(pipeline: Pipeline, options: RunOptions): Promise<void> {
  await mkdir(pipeline.folder, { recursive: true });
  const release = await lockRun(pipeline.folder);
  try {
    const files = await digestInputFiles(pipeline);
    const stages = await digestEarlierOutputs(pipeline);
    for (const [index, planned] of pipeline.stages.entries()) {
      options.signal.throwIfAborted();
      const record = await bringAbout(index, pipeline, { files, stages }, options);
      stages[planned.stage.name] = digestOfFiles(record.outputs);
    }
  } finally {
    options.display.end();
    await release();
  }
}

interface Digests {
  /** Of all input files, by their paths from the pipeline file's folder. */
  readonly files: Readonly<Record<string, string>>;
  /** Of the earlier stages' output, by stage name. */
  readonly stages: Readonly<Record<string, string>>;
}

/** Digests what every stage reads before the first one runs: a missing file should not end a run at night. */
async function digestInputFiles({ stages, base }: Pipeline): Promise<Digests['files']> {
  const digests: Record<string, string> = {};
  for (const path of stages.flatMap((planned) => inputPaths(planned, base))) {
    digests[path] ??= await digestPath(resolve(base, path));
  }
  return digests;
}

function inputPaths({ stage, params }: PlannedStage, base: string): string[] {
  return stage.inputs(params).map((path) => relativePath(base, path));
}

/** A path from the pipeline file's folder: one spelling for one file. */
function relativePath(base: string, path: string): string {
  return relative(base, resolve(base, path));
}

/** Digests the output of stages that the pipeline builds on without running them itself. */
async function digestEarlierOutputs({ stages, folder }: Pipeline): Promise<Record<string, string>> {
  const own = new Set(stages.map(({ stage }) => stage.name));
  const digests: Record<string, string> = {};
  for (const name of stages.flatMap(({ stage }) => stage.after)) {
    if (own.has(name) || name in digests) continue;
    const record = await new StageStore(folder, name).recorded();
    if (record === undefined) throw expected(`a finished stage ${name}`, folder, undefined);
    digests[name] = digestOfFiles(record.outputs);
  }
  return digests;
}

async function bringAbout(
  index: number,
  pipeline: Pipeline,
  digests: Digests,
  options: RunOptions,
): Promise<StageRecord> {
  const { display, clock, now, signal } = options;
  const planned = pipeline.stages[index];
  const title = `[${index + 1}/${pipeline.stages.length}] ${planned.stage.name}`;
  const store = new StageStore(pipeline.folder, planned.stage.name);
  const inputs = stageInputs(planned, pipeline.base, digests);
  const found = await store.find(inputs);
  if (found.record !== undefined) {
    display.log(`${title}: kept, finished ${found.record.finishedAt}`);
    return found.record;
  }
  display.log(`${title}: ${opening(found.reason, await store.begin(inputs))}`);
  const startedAt = clock().toISOString();
  const start = now();
  const seconds = () => (now() - start) / 1000;
  try {
    const report = display.begin(title);
    const log = (message: string) => display.log(message);
    const world = { report, signal, log, now };
    await planned.stage.run(planned.params, { ...access(planned, pipeline, store), ...world });
    // A stage may answer an interruption by returning early: its output is then not whole.
    signal.throwIfAborted();
  } catch (error) {
    display.end();
    display.log(`${title}: stopped after ${formatDuration(seconds())}; the same command goes on from here`);
    throw error;
  }
  display.end();
  const times = { startedAt, finishedAt: clock().toISOString(), seconds: seconds() };
  const record = await store.finish(inputs, times);
  display.log(`${title}: finished in ${formatDuration(times.seconds)}`);
  return record;
}

function opening(reason: string | undefined, resumed: boolean): string {
  if (resumed) return 'goes on where it was stopped';
  return reason === undefined ? 'starts' : `starts again: ${reason}`;
}

function stageInputs(planned: PlannedStage, base: string, digests: Digests): StageInputs {
  const { stage, params } = planned;
  // Where a file lies does not matter, only what it holds: a moved project need not be redone.
  const files = new Set(stage.inputs(params));
  const located = ([name, value]: [string, unknown]): [string, unknown] =>
    typeof value === 'string' && files.has(value) ? [name, relativePath(base, value)] : [name, value];
  return {
    stage: stage.name,
    version: stage.version,
    params: Object.fromEntries(Object.entries(params).map(located)),
    files: pick(digests.files, inputPaths(planned, base)),
    stages: pick(digests.stages, stage.after),
  };
}

function pick(digests: Readonly<Record<string, string>>, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, digests[name]]));
}

/** Lets a stage reach just what its record of inputs covers; more would go unnoticed when it changes. */
function access(
  { stage, params }: PlannedStage,
  { folder, base }: Pipeline,
  { out, scratch }: StageStore,
): Pick<StageContext, 'out' | 'scratch' | 'input' | 'file'> {
  const files = new Set(stage.inputs(params));
  return {
    out,
    scratch,
    input(name) {
      if (!stage.after.includes(name)) throw new Error(`Stage ${stage.name} does not run after ${name}`);
      return new StageStore(folder, name).folder;
    },
    file(path) {
      if (!files.has(path)) throw new Error(`Stage ${stage.name} does not name ${path} as an input`);
      return resolve(base, path);
    },
  };
}
