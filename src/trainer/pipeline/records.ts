import { isDeepStrictEqual } from 'node:util';
import { describe } from '@oneface/common/errors/errors';
import { type Static, Type } from '@sinclair/typebox';
import { FileDigest } from './digests.js';

const Digests = Type.Record(Type.String(), Type.String());

/** All that a stage's output follows from: equal records mean equal output. */
export const StageInputs = Type.Object({
  stage: Type.String(),
  version: Type.Integer(),
  params: Type.Record(Type.String(), Type.Unknown()),
  /** Digests of the files and folders outside the run folder, by their paths as the parameters write them. */
  files: Digests,
  /** Output digests of the earlier stages that it reads, by their names. */
  stages: Digests,
});
export type StageInputs = Static<typeof StageInputs>;

/** Name of the record that stands in the output folder of a finished stage. */
export const RECORD_FILE = 'stage.json';

/** What `stage.json` says of a finished stage. */
export const StageRecord = Type.Object({
  inputs: StageInputs,
  /** Every file of the folder but the record itself. */
  outputs: Type.Array(FileDigest),
  /** Start and end (ISO 8601) and duration of the process that finished the stage. */
  startedAt: Type.String(),
  finishedAt: Type.String(),
  seconds: Type.Number(),
});
export type StageRecord = Static<typeof StageRecord>;

/** Says in a few words why output of `before` does not stand for `now`; undefined when it does. */
export function inputsDifference(before: StageInputs, now: StageInputs): string | undefined {
  if (before.stage !== now.stage) return `it holds output of stage ${before.stage}`;
  if (before.version !== now.version) return `the stage is now version ${now.version}`;
  for (const name of changedKeys(before.params, now.params)) {
    return `${name} was ${describe(before.params[name])} and is ${describe(now.params[name])}`;
  }
  for (const path of changedKeys(before.files, now.files)) return `${path} is not what it read`;
  for (const stage of changedKeys(before.stages, now.stages)) return `${stage} gave other files`;
  return undefined;
}

function changedKeys(before: Record<string, unknown>, now: Record<string, unknown>): string[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(now)]);
  return [...keys].filter((key) => !isDeepStrictEqual(before[key], now[key]));
}
