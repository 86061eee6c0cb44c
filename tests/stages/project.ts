import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { keyFiles, openKeyPair } from '@oneface/trainer/bundling/keys';
import { digestFile } from '@oneface/trainer/pipeline/digests';
import type { StageRecord } from '@oneface/trainer/pipeline/records';
import type { ExecutionContext } from 'ava';
import { projectFile } from '../support/paths.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const PROGRAM = projectFile('src/trainer/dist/main.js');

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

export async function makeProject(
  t: ExecutionContext,
  fit: Readonly<Record<string, unknown>> = {},
): Promise<Project> {
  const folder = await temporaryFolder(t);
  await openKeyPair(join(folder, 'signing'));
  return pipelineIn(folder, 'run', fit);
}

/** Another run of the same pipeline with the same key; `fit` holds what differs in that stage's parameters. */
export async function pipelineIn(
  folder: string,
  run: string,
  fit: Readonly<Record<string, unknown>> = {},
): Promise<Project> {
  const all = { ...SMALL, fit: { ...SMALL.fit, ...fit } };
  const stages = Object.entries(all).map(([stage, params]) => ({ stage, params }));
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

interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Ending>;
  /** Resolves when the program's messages match. */
  says(message: RegExp): Promise<void>;
}

function start({ file }: Project): Started {
  const child = spawn(process.execPath, [PROGRAM, 'run', file], { stdio: ['ignore', 'ignore', 'pipe'] });
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
