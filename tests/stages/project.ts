import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { keyFiles, openKeyPair } from '@oneface/trainer/bundling/keys';
import { digestFile } from '@oneface/trainer/pipeline/digests';
import type { StageRecord } from '@oneface/trainer/pipeline/records';
import { readSafetensors } from '@oneface/trainer/tensors/safetensors-file';
import type { ExecutionContext } from 'ava';
import { projectFile } from '../support/paths.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const PROGRAM = projectFile('src/trainer/dist/main.js');
/** Writes checkpoints all the time. */
const HASTY_PROGRAM = projectFile('tests/dist/stages/hasty-trainer.js');

/** Milliseconds between two looks for a file. */
const POLL_MS = 5;

const generator = projectFile('models/generator');

/** Every stage with its smallest sensible parameters, on the shipped generator and label. */
const SMALL = {
  fit: { generator, annotations: projectFile('models/labels'), epochs: 4 },
  synthesize: { generator, count: 16, heldOut: 2 },
  distill: { inputSize: 32, widths: [8, 12], steps: 12, batch: 4 },
  quantize: { calibration: 6 },
  evaluate: { largestLoss: 100 },
  bundle: { key: 'signing.private.pem' },
  frames: { generator, count: 2 },
};

/** The real stages, in order. */
export const STAGES = Object.keys(SMALL);

/** A folder with a pipeline file and the key that it names. */
export interface Project {
  readonly file: string;
  readonly run: string;
  readonly publicKey: string;
}

/** Parameters that differ from the small ones, by stage. */
export type Changes = Readonly<Partial<Record<keyof typeof SMALL, Readonly<Record<string, unknown>>>>>;

export async function makeProject(
  t: ExecutionContext,
  changes: Changes = {},
  names: readonly string[] = STAGES,
): Promise<Project> {
  const folder = await temporaryFolder(t);
  await openKeyPair(join(folder, 'signing'));
  return pipelineIn(folder, 'run', changes, names);
}

/** Another run of the same pipeline, or of some of its stages, with the same key. */
export async function pipelineIn(
  folder: string,
  run: string,
  changes: Changes = {},
  names: readonly string[] = STAGES,
): Promise<Project> {
  const stages = Object.entries(SMALL)
    .filter(([stage]) => names.includes(stage))
    .map(([stage, params]) => ({ stage, params: { ...params, ...changes[stage as keyof typeof SMALL] } }));
  const file = join(folder, `${run}.json`);
  await writeFile(file, JSON.stringify({ version: 1, folder: run, stages }));
  return { file, run: join(folder, run), publicKey: keyFiles(join(folder, 'signing')).publicKey };
}

export interface Ending {
  readonly status: number | null;
  readonly signal: string | null;
  readonly stderr: string;
}

/** Runs the pipeline to its end in a process of its own. */
export async function runToEnd(project: Project): Promise<Ending> {
  return start(project).ended;
}

/**
 * Starts the pipeline and ends the process with a signal while a stage is at work.
 *
 * @param milliseconds from the moment on that the stage says that it begins
 */
export async function signalIn(
  project: Project,
  stage: string,
  signal: NodeJS.Signals,
  milliseconds: number,
): Promise<Ending> {
  const { child, ended, says } = start(project);
  await Promise.race([ended, says(new RegExp(`${stage}: (starts|goes on)`))]);
  await sleep(milliseconds);
  child.kill(signal);
  return ended;
}

/**
 * Starts the pipeline and kills the process when a training has written a checkpoint late enough.
 *
 * @param least steps that the checkpoint is to have
 * @returns also the steps that the last checkpoint has; 0 if there is none
 */
export async function killAfterCheckpoint(
  project: Project,
  stage: 'fit' | 'distill',
  least: number,
): Promise<Ending & { readonly steps: number }> {
  const checkpoint = join(project.run, `${stage}.partial`, 'scratch', 'checkpoint.safetensors');
  const { child, ended } = start(project, HASTY_PROGRAM);
  const steps = async () =>
    existsSync(checkpoint) ? Number((await readSafetensors(checkpoint)).metadata.step) : 0;
  while ((await steps()) < least && child.exitCode === null) await sleep(POLL_MS);
  child.kill('SIGKILL');
  return { ...(await ended), steps: await steps() };
}

interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Ending>;
  /** Resolves when the program's messages match. */
  says(message: RegExp): Promise<void>;
}

function start({ file }: Project, program = PROGRAM): Started {
  const child = spawn(process.execPath, [program, 'run', file], { stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const says = (message: RegExp) =>
    new Promise<void>((resolve) => {
      child.stderr.on('data', () => {
        if (message.test(stderr)) resolve();
      });
    });
  return {
    child,
    says,
    ended: once(child, 'close').then(([status, signal]) => ({ status, signal, stderr })),
  };
}

/** The record of a finished stage; undefined while it is not finished. */
export async function recordOf({ run }: Project, stage: string): Promise<StageRecord | undefined> {
  const file = join(run, stage, 'stage.json');
  return existsSync(file) ? JSON.parse(await readFile(file, 'utf8')) : undefined;
}

/** Every file of the run folder but the records, by path, with its SHA-256. */
export async function outputs({ run }: Project): Promise<Record<string, string>> {
  const entries = await readdir(run, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && entry.name !== 'stage.json');
  const digests: Record<string, string> = {};
  for (const path of files.map((entry) => join(entry.parentPath, entry.name)).sort()) {
    digests[path.slice(run.length + 1)] = await digestFile(path);
  }
  return digests;
}
