import type { Static, TObject } from '@sinclair/typebox';
import type { ReportProgress } from '../progress/progress.js';

/** One step of a pipeline: makes a folder of files from its parameters, input files and earlier stages. */
export interface Stage<P extends TObject = TObject> {
  /** Also the name of its output folder; kebab-case. */
  readonly name: string;
  /** Raised when the stage would make other files from the same inputs: old output is then redone. */
  readonly version: number;
  /** Names of the earlier stages whose output it reads. */
  readonly after: readonly string[];
  /** Schema of its parameters, with defaults; properties that are not in it are refused. */
  readonly params: P;
  /**
   * The files and folders outside the run folder that it reads, as the parameters name them: relative paths
   * start at the pipeline file's folder. Changed content redoes the stage.
   */
  inputs(params: Static<P>): readonly string[];
  /**
   * Fills `context.out`. May be killed at any moment and is then called again with the same parameters and
   * inputs; what it makes must follow from these alone.
   */
  run(params: Static<P>, context: StageContext): Promise<void>;
}

/** What a stage may use of the world. */
export interface StageContext {
  /**
   * Folder to fill. After a kill it still holds what was there, torn files included: go on only from files
   * that were written with `writeFileAtomic`. At the end every file in it is an output.
   */
  readonly out: string;
  /** Folder for checkpoints: kept over a kill as `out` is, dropped when the stage is finished. */
  readonly scratch: string;
  /** The output folder of an earlier stage that `after` names. */
  input(stage: string): string;
  /** The absolute path of a file or folder that `inputs` names. */
  file(path: string): string;
  readonly report: ReportProgress;
  /** Aborted when the user interrupts: throw its reason soon. Only seen if the event loop gets a turn. */
  readonly signal: AbortSignal;
  /** Writes one line for people. */
  log(message: string): void;
  /** Milliseconds from any fixed moment on, never going back. */
  now(): number;
}

/** Gives a stage's `inputs` and `run` the types that its schema describes. */
export function defineStage<P extends TObject>(stage: Stage<P>): Stage<P> {
  return stage;
}
