import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expected } from '@oneface/common/errors/errors';
import { Value } from '@sinclair/typebox/value';
import { syncFolder, writeFileAtomic } from '../files/atomic-write.js';
import { isSystemError } from '../files/system-error.js';
import { describeFolder, type FileDigest, listFiles } from './digests.js';
import { isUnfinishedWrite, moveDurably, remove } from './durable-files.js';
import { inputsDifference, RECORD_FILE, StageInputs, StageRecord } from './records.js';

/** What stands on disk for a stage: whole output, or the reason why there is none. */
export type Finding =
  | { readonly record: StageRecord }
  | {
      readonly record?: undefined;
      /** Undefined when there is no output at all. */
      readonly reason?: string;
    };

/**
 * One stage's place in the run folder, made so that a kill between any two system calls leaves a state
 * that the next run understands:
 *
 *     <stage>/                   whole output and `stage.json`; comes into being by one rename
 *     <stage>.partial/           all that belongs to unfinished work
 *       inputs.json              what the work was begun for; written before anything else
 *       out/  scratch/           output so far (at last with its `stage.json`) and checkpoints
 *       replaced/                older output that has just made way
 */
export class StageStore {
  /** The stage's output, once it is finished. */
  readonly folder: string;
  /** Where the stage writes its output. */
  readonly out: string;
  /** Where the stage writes its checkpoints. */
  readonly scratch: string;
  readonly #run: string;
  readonly #partial: string;
  readonly #marker: string;

  /** @param run the run folder */
  constructor(run: string, stage: string) {
    this.#run = run;
    this.folder = join(run, stage);
    this.#partial = `${this.folder}.partial`;
    this.#marker = join(this.#partial, 'inputs.json');
    this.out = join(this.#partial, 'out');
    this.scratch = join(this.#partial, 'scratch');
  }

  /**
   * Looks for whole output that follows from these inputs, and finishes what only lacked the last rename.
   *
   * @throws InputError when the output folder holds files that the stage did not write
   */
  async find(inputs: StageInputs): Promise<Finding> {
    await this.#refuseForeignFiles();
    const finished = await judge(this.folder, inputs);
    if (finished.record !== undefined) {
      await this.#dropPartial();
      return finished;
    }
    const pending = await judge(this.out, inputs);
    if (pending.record !== undefined) {
      await this.#publish();
      return pending;
    }
    return finished;
  }

  /** The record of finished, undamaged output, whatever it was made from. */
  async recorded(): Promise<StageRecord | undefined> {
    const record = await readJson(join(this.folder, RECORD_FILE));
    if (!Value.Check(StageRecord, record)) return undefined;
    return firstDamage(record.outputs, await describeFolder(this.folder)) === undefined ? record : undefined;
  }

  /**
   * Makes `out` and `scratch` ready for work on these inputs. Work that was begun for other inputs is dropped.
   *
   * @returns true when there is earlier work to go on from
   */
  async begin(inputs: StageInputs): Promise<boolean> {
    const earlier = await readJson(this.#marker);
    const resumed = Value.Check(StageInputs, earlier) && inputsDifference(earlier, inputs) === undefined;
    if (!resumed) {
      await this.#dropPartial();
      await writeFileAtomic(this.#marker, toJson(inputs));
    }
    for (const folder of [this.out, this.scratch]) {
      await mkdir(folder, { recursive: true });
      for (const file of await listFiles(folder)) {
        if (isUnfinishedWrite(file)) await remove(join(folder, file));
      }
    }
    // A record that `find` did not accept would otherwise be taken for a file of the stage.
    await remove(join(this.out, RECORD_FILE));
    return resumed;
  }

  /** Turns what lies in `out` into the stage's output. */
  async finish(
    inputs: StageInputs,
    times: Pick<StageRecord, 'startedAt' | 'finishedAt' | 'seconds'>,
  ): Promise<StageRecord> {
    const outputs = await describeFolder(this.out, { sync: true });
    if (outputs.some(({ path }) => path === RECORD_FILE)) {
      throw new Error(`Stage ${inputs.stage} wrote a file named ${RECORD_FILE}, a name that is taken`);
    }
    for (const entry of await readdir(this.out, { recursive: true, withFileTypes: true })) {
      if (entry.isDirectory()) await syncFolder(join(entry.parentPath, entry.name));
    }
    const record = { inputs, outputs, ...times };
    await writeFileAtomic(join(this.out, RECORD_FILE), toJson(record));
    await this.#publish();
    return record;
  }

  async #publish(): Promise<void> {
    const replaced = join(this.#partial, 'replaced');
    await remove(replaced);
    if ((await filesOf(this.folder)) !== undefined) await moveDurably(this.folder, replaced);
    await moveDurably(this.out, this.folder);
    await this.#dropPartial();
    await syncFolder(this.#run);
  }

  // The marker goes first: with it, what a kill left of the rest would pass for work to go on from.
  async #dropPartial(): Promise<void> {
    await remove(this.#marker);
    await remove(this.#partial);
  }

  // Output is dropped when it is redone, so nothing that somebody else put there may be among it.
  async #refuseForeignFiles(): Promise<void> {
    const files = await filesOf(this.folder);
    if (files === undefined || files.length === 0) return;
    const record = await readJson(join(this.folder, RECORD_FILE));
    if (record === undefined) {
      throw expected(`a folder with a ${RECORD_FILE}, or none,`, 'the output of a stage', this.folder);
    }
    if (!Value.Check(StageRecord, record)) return;
    const own = new Set([RECORD_FILE, ...record.outputs.map(({ path }) => path)]);
    const foreign = files.find((path) => !own.has(path));
    if (foreign !== undefined) {
      throw expected('nothing but the output of its stage', this.folder, foreign);
    }
  }
}

async function judge(folder: string, inputs: StageInputs): Promise<Finding> {
  const record = await readJson(join(folder, RECORD_FILE));
  if (record === undefined) return {};
  if (!Value.Check(StageRecord, record)) return { reason: `its ${RECORD_FILE} is damaged` };
  const difference = inputsDifference(record.inputs, inputs);
  if (difference !== undefined) return { reason: difference };
  const damaged = firstDamage(record.outputs, await describeFolder(folder));
  return damaged === undefined ? { record } : { reason: `its ${damaged} is damaged` };
}

function firstDamage(recorded: readonly FileDigest[], found: readonly FileDigest[]): string | undefined {
  const now = new Map(found.map((file) => [file.path, file]));
  return recorded.find(({ path, size, sha256 }) => {
    const file = now.get(path);
    return file?.size !== size || file.sha256 !== sha256;
  })?.path;
}

function toJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** The parsed file; undefined when there is none, null when it is no JSON. */
async function readJson(path: string): Promise<unknown> {
  const text = await ifPresent(readFile(path, 'utf8'));
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

async function filesOf(folder: string): Promise<string[] | undefined> {
  return ifPresent(listFiles(folder));
}

async function ifPresent<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return undefined;
    throw error;
  }
}
