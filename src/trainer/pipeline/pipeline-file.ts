import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { expected, UnavailableError } from '@oneface/common/errors/errors';
import { compileValidator } from '@oneface/common/schemas/validator';
import { type Static, type TSchema, Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import type { Preset } from './presets.js';
import type { Stage } from './stage.js';

/** Format of `pipeline.json`. */
export const PipelineFile = Type.Object(
  {
    version: Type.Literal(1),
    /** The run folder; a relative path starts at the file's own folder. */
    folder: Type.String({ minLength: 1 }),
    /** A preset whose stages run with its parameters where `stages` gives none. */
    extends: Type.Optional(Type.String()),
    /** Stages in order. With `extends`: parameters that replace the preset's, and further stages at the end. */
    stages: Type.Array(
      Type.Object(
        { stage: Type.String(), params: Type.Record(Type.String(), Type.Unknown(), { default: {} }) },
        { additionalProperties: false },
      ),
      { default: [] },
    ),
  },
  { additionalProperties: false },
);
export type PipelineFile = Static<typeof PipelineFile>;

/** A stage with the parameters it is to run with: checked, complete, paths as written. */
export interface PlannedStage {
  readonly stage: Stage;
  readonly params: Readonly<Record<string, unknown>>;
}

/** A pipeline ready to run. */
export interface Pipeline {
  /** Absolute path of the run folder. */
  readonly folder: string;
  /** Absolute path that relative input paths start at. */
  readonly base: string;
  /** In order; at least one. */
  readonly stages: readonly PlannedStage[];
}

/** What a pipeline file may refer to. */
export interface PipelineVocabulary {
  readonly stages: readonly Stage[];
  readonly presets: Readonly<Record<string, Preset>>;
}

/**
 * Reads a pipeline file.
 *
 * @throws UnavailableError when it cannot be read
 * @throws InputError when it is no JSON or says something that cannot be run
 */
export async function readPipeline(path: string, vocabulary: PipelineVocabulary): Promise<Pipeline> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new UnavailableError(`Expected a pipeline file at ${path} but could not read one`, { cause });
  });
  return planPipeline(parseJson(text, path), { ...vocabulary, base: dirname(resolve(path)) });
}

/**
 * Makes a pipeline from the content of a pipeline file.
 *
 * @param content parsed JSON
 * @param options.base absolute folder that relative paths start at
 * @throws InputError when it says something that cannot be run
 */
export function planPipeline(
  content: unknown,
  options: PipelineVocabulary & { readonly base: string },
): Pipeline {
  const file = complete(PipelineFile, content, 'pipeline');
  const steps = mergeWithPreset(file, options.presets);
  if (steps.length === 0) throw expected('at least one stage', 'pipeline.stages', file.stages);
  const planned: PlannedStage[] = [];
  for (const { name, params, place } of steps) {
    const stage = findStage(name, options.stages, planned, place);
    planned.push(planStage(stage, params, `${place}.params`));
  }
  return { folder: resolve(options.base, file.folder), base: options.base, stages: planned };
}

/**
 * Makes one stage ready to run: fills in defaults and checks.
 *
 * @param subject what the parameters are called in errors
 * @throws InputError when a parameter is unknown, missing or out of range
 */
export function planStage(
  stage: Stage,
  params: Readonly<Record<string, unknown>>,
  subject: string,
): PlannedStage {
  const schema = { ...stage.params, additionalProperties: false };
  return { stage, params: complete(schema, params, subject) };
}

/** Fills in defaults, then checks. */
function complete<S extends TSchema>(schema: S, value: unknown, subject: string): Static<S> {
  return compileValidator(schema, subject)(Value.Default(schema, structuredClone(value)));
}

interface Step {
  readonly name: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** Where it is written, for errors. */
  readonly place: string;
}

function mergeWithPreset(file: PipelineFile, presets: Readonly<Record<string, Preset>>): readonly Step[] {
  const steps = new Map<string, Step>();
  if (file.extends !== undefined && !Object.hasOwn(presets, file.extends)) {
    throw expected(`one of ${Object.keys(presets).join(', ')}`, 'pipeline.extends', file.extends);
  }
  for (const [name, params] of Object.entries(presets[file.extends ?? ''] ?? {})) {
    steps.set(name, { name, params, place: `presets.${file.extends}.${name}` });
  }
  const written = new Set<string>();
  file.stages.forEach(({ stage: name, params }, index) => {
    const place = `pipeline.stages[${index}]`;
    if (written.has(name)) throw expected('every stage once', `${place}.stage`, name);
    written.add(name);
    steps.set(name, { name, params: { ...steps.get(name)?.params, ...params }, place });
  });
  return [...steps.values()];
}

function findStage(
  name: string,
  known: readonly Stage[],
  earlier: readonly PlannedStage[],
  place: string,
): Stage {
  const stage = known.find((candidate) => candidate.name === name);
  if (stage === undefined) {
    throw expected(`one of ${known.map((each) => each.name).join(', ')}`, `${place}.stage`, name);
  }
  const missing = stage.after.find((needed) => !earlier.some((planned) => planned.stage.name === needed));
  if (missing !== undefined) throw expected(`stage ${missing} before ${name}`, `${place}.stage`, name);
  return stage;
}

function parseJson(text: string, subject: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw expected('JSON', subject, cause, { cause });
  }
}
